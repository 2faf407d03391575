"""The parameters that models take, under the names of OpenAI's interface, which other servers share and extend."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import islice
from typing import NamedTuple

from promptops.lint.engine.target import Target
from promptops.lint.located_values.model_references import known_model, model_of
from promptops.model.config import ModelSpec
from promptops.model.finding import Span
from promptops.source.formats.parameters import parameter_name
from promptops.source.yaml.reader import Node

Range = tuple[float | None, float | None]

NUMBERS: dict[str, Range] = {
    "temperature": (0, 2),
    "top_p": (0, 1),
    "presence_penalty": (-2, 2),
    "frequency_penalty": (-2, 2),
    "min_p": (0, 1),
    "repetition_penalty": (0, None),
    "repeat_penalty": (0, None),
}
WHOLE: dict[str, Range] = {
    "max_tokens": (1, None),
    "max_completion_tokens": (1, None),
    "n": (1, None),
    "seed": (None, None),
    "top_logprobs": (0, 20),
    "top_k": (-1, None),
}
YES_NO = frozenset({"logprobs", "stream", "store", "parallel_tool_calls"})
WORDS: dict[str, tuple[str, ...]] = {
    "reasoning_effort": ("none", "minimal", "low", "medium", "high", "xhigh"),
    "verbosity": ("low", "medium", "high"),
}
MAX_STOPS = 4
_MOST = 500

COMMON = (*NUMBERS, *WHOLE, *YES_NO, *WORDS, "stop", "logit_bias", "user", "response_format", "tool_choice", "metadata")
"""What people mean most often: the nearest name to a misspelt one is looked for here."""

_EXTRA = """
    audio function_call functions modalities moderation prediction prompt_cache_key prompt_cache_retention
    safety_identifier service_tier stream_options tools web_search_options extra_body extra_headers extra_query timeout
    add_generation_prompt adapter_id allowed_token_ids bad_words best_of best_tool_calling bootstrap budget_tokens
    cache_prompt candidate_count chat_template chat_template_kwargs citations compound_custom continue_final_message
    context_length_exceeded_behavior data_sources disable_tool_validation do_sample documents dry_allowed_length
    dry_base dry_multiplier dry_penalty_last_n dry_sequence_breakers dynatemp_exponent dynatemp_range early_stopping
    echo enable_search enable_thinking epsilon_cutoff eta_cutoff exclude_domains format grammar guided_choice
    guided_decoding_backend guided_grammar guided_json guided_regex guided_whitespace_pattern id_slot ignore_eos
    include_domains include_reasoning include_stop_str_in_output json_schema keep_alive kv_transfer_params
    language_preference language_model length_penalty logit_bias_type logits_processors lora low_memory main_gpu
    max_input_tokens max_length max_new_tokens max_output_tokens max_prompt_tokens max_reasoning_tokens
    max_thinking_tokens min_keep min_length min_new_tokens min_tokens mirostat mirostat_eta mirostat_lr mirostat_tau
    mm_processor_kwargs mode n_indent n_keep n_predict n_probs no_repeat_ngram_size nsigma num_batch num_beams num_ctx
    num_gpu num_keep num_predict num_return_sequences num_thread numa options penalize_newline penalize_nl penalty_alpha
    plugins post_sampling_probs preset priority prompt_logprobs prompt_mode prompt_truncate_len provider random_seed raw
    reasoning reasoning_budget reasoning_format reasoning_history reasoning_split regex repeat_last_n
    repetition_penalty_range request_id return_citations return_images return_progress return_related_questions
    return_token_ids return_tokens route safe_prompt safety_model safety_settings samplers search_context_size
    search_domain_filter search_mode search_options search_parameters search_recency_filter search_settings
    separate_reasoning skip_special_tokens smoothing_curve smoothing_factor spaces_between_special_tokens stop_sequences
    stop_regex stop_token_ids structured_outputs tfs tfs_z thinking thinking_budget thinking_config thinking_level
    timings_per_token tool_stream top_a top_n_sigma transforms translation_options truncate truncate_prompt_tokens
    truncation typical_p use_beam_search use_cache use_mmap use_mlock vl_high_resolution_images vocab_only
    xtc_probability xtc_threshold
"""


class Parameter(NamedTuple):
    """One line among parameters: `name` is the interface's, `key` the file's spelling."""

    name: str
    key: str
    span: Span
    value: Node


@cache
def known_names() -> frozenset[str]:
    """All that some server takes."""
    return frozenset((*COMMON, *_EXTRA.split()))


def parameters(target: Target) -> Iterator[Parameter]:
    """The first parameters of a prompt file, in its order; `maxTokens` and `max_tokens` have one name."""
    yield from _listed(target.get("modelParameters"))


@lru_cache(maxsize=2)  # several rules ask, one after the other
def parameter_groups(target: Target) -> tuple[tuple[ModelSpec | None, list[Parameter]], ...]:
    """Each group of parameters in a prompt file or in promptops.yml, with the model it is for (None: nobody knows)."""
    return tuple(_groups(target))


def _groups(target: Target) -> Iterator[tuple[ModelSpec | None, list[Parameter]]]:
    if target.kind == "prompt":
        yield model_of(target), list(parameters(target))
        return
    models = target.get("models")
    for alias, node in models.items() if models is not None and models.kind == "mapping" else ():
        if node.kind == "mapping":
            yield known_model(target, alias), list(_listed(node.get("parameters")))


def _listed(group: Node | None) -> Iterator[Parameter]:
    if group is not None and group.kind == "mapping":
        for key, value in islice(group.items(), _MOST):
            yield Parameter(parameter_name(key[:80]), key[:80], group.key_spans[key], value)
