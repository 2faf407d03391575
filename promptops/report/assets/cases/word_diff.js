// The longest common subsequence of two lists as [kind, value] pairs; ends that are alike are cut off first.
const align = (a, b, most) => {
  let start = 0, end = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  const x = a.slice(start, a.length - end), y = b.slice(start, b.length - end), out = a.slice(0, start).map((v) => [" ", v]);
  if (x.length * y.length > most) out.push(...x.map((v) => ["-", v]), ...y.map((v) => ["+", v]));
  else {
    const size = y.length + 1, best = new Uint32Array((x.length + 1) * size);
    for (let i = x.length - 1; i >= 0; i--) for (let j = y.length - 1; j >= 0; j--) {
      best[i * size + j] = x[i] === y[j] ? best[(i + 1) * size + j + 1] + 1 : Math.max(best[(i + 1) * size + j], best[i * size + j + 1]);
    }
    let i = 0, j = 0;
    while (i < x.length || j < y.length) {
      if (i < x.length && j < y.length && x[i] === y[j]) { out.push([" ", x[i]]); i++; j++; }
      else if (i < x.length && (j === y.length || best[(i + 1) * size + j] >= best[i * size + j + 1])) out.push(["-", x[i++]]);
      else out.push(["+", y[j++]]);
    }
  }
  return out.concat(a.slice(a.length - end).map((v) => [" ", v]));
};

// Words, spaces and other signs; of scripts that put no spaces between words, each sign.
const WORD = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]|[\p{L}\p{M}\p{N}_'’]+|\s+|[^]/gu;
const wordsOf = (text) => text.match(WORD) || [];
const isMostlyAlike = (pairs) => {
  const words = pairs.filter(([, w]) => w.trim());
  return words.filter(([k]) => k === " ").length * 3 >= words.length;
};

// Two texts as nodes in which the words that only one of them has are marked; null where too little is alike to be read so.
const MOST_WORDS = 4e6;
const markedWords = (old, now) => {
  const pairs = align(wordsOf(old), wordsOf(now), MOST_WORDS);
  if (!isMostlyAlike(pairs)) return null;
  const side = (own, tag) => {
    const runs = [];
    for (const [kind, word] of pairs) {
      if (kind !== " " && kind !== own) continue;
      if (runs.length && runs[runs.length - 1][0] === kind) runs[runs.length - 1][1] += word;
      else runs.push([kind, word]);
    }
    return runs.map(([kind, text]) => kind === " " ? text : el(tag, {}, text));
  };
  return [side("-", "del"), side("+", "ins")];
};

const diff = (old, now) => {
  const pre = textBox("diff", "what changed");
  const lines = align(old, now, 4e6);
  const plain = (from, to) => { for (let k = from; k < to; k++) pre.append(el("span", {}, "  " + lines[k][1])); };
  for (let i = 0; i < lines.length;) {
    if (lines[i][0] === " ") {
      let j = i;
      while (j < lines.length && lines[j][0] === " ") j++;
      const before = i === 0 ? 0 : 2, after = j === lines.length ? 0 : 2;
      if (j - i > before + after + 1) {
        plain(i, i + before);
        pre.append(el("span", { class: "at" }, `  … ${j - i - before - after} lines alike`));
        plain(j - after, j);
      } else plain(i, j);
      i = j;
      continue;
    }
    const gone = [], come = [];
    while (i < lines.length && lines[i][0] !== " ") (lines[i][0] === "-" ? gone : come).push(lines[i++][1]);
    const pairs = gone.map((line, k) => k < come.length ? align(line.split(/(\s+)/), come[k].split(/(\s+)/), 1e5) : null);
    gone.forEach((line, k) => pre.append(markedLine("del", "− ", "-", line, pairs[k])));
    come.forEach((line, k) => pre.append(markedLine("add", "+ ", "+", line, pairs[k])));
  }
  return pre;
};
const markedLine = (kind, sign, own, line, words) => {
  const node = el("span", { class: kind }, sign);
  if (!words || !isMostlyAlike(words)) node.append(line);
  else for (const [k, word] of words) if (k === " ") node.append(word); else if (k === own) node.append(el("b", {}, word));
  return node;
};
