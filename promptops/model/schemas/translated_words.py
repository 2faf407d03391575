"""Our keys and roles as translation tools write them, which know nothing of what must stay as it is."""

from __future__ import annotations

_WORDS = {
    "messages": "nachrichten mitteilungen mensajes messaggi mensagens berichten wiadomości сообщения повідомлення 消息 "
    "信息 メッセージ 메시지 mesajlar meldinger meddelanden viestit zprávy",
    "role": "rolle rôle rol ruolo papel função rola роль 角色 役割 역할 rooli",
    "content": "inhalt contenu contenido contenuto conteúdo inhoud treść содержание содержимое вміст 内容 내용 içerik "
    "innhold innehåll indhold sisältö obsah",
    "name": "nom nombre nome naam nazwa имя название 名称 名前 이름 navn namn nimi název",
    "description": "beschreibung descripción descrizione descrição beschrijving opis описание 描述 説明 설명 "
    "beskrivelse beskrivning kuvaus popis",
    "model": "modell modèle modelo modello модель 模型 モデル 모델 malli",
    "inputs": "eingaben entrées entradas ingressi invoer wejścia входные 输入 入力 입력",
    "evaluators": "bewerter auswerter évaluateurs evaluadores valutatori avaliadores оценщики 评估器",
    "testData": "testdaten donnéesdetest datosdeprueba datiditest dadosdeteste testgegevens 测试数据",
    "prompt": "eingabeaufforderung aufforderung invite consigne indicación подсказка 提示 プロンプト",
    "question": "frage pregunta domanda pergunta vraag pytanie вопрос 问题 質問 질문",
    "user": "benutzer nutzer anwender utilisateur usuario utente usuário utilizador gebruiker użytkownik пользователь "
    "користувач 用户 ユーザー 사용자 kullanıcı bruker användare käyttäjä uživatel",
    "assistant": "assistent asistente assistente asystent ассистент помощник 助手 アシスタント 어시스턴트",
    "system": "système sistema systeem система 系统 システム 시스템 järjestelmä",
}
_MEANT = {word: key for key, words in _WORDS.items() for word in words.split()}


def untranslated(word: str) -> str:
    """The key or the role that this word is a translation of; empty for none."""
    return _MEANT.get("".join(word.casefold().split()), "")
