"""Embedders: what is put before a text, packed weights, and the real models."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import BertConfig, BertModel

from rag import embedding
from rag.assembling import Models
from rag.embedding import plain
from rag.embedding.packed import PackedTransformer, packed_file, read, unpacked
from rag.embedding.precision import device
from rag.embedding.recipe import Recipe, recipe_of
from rag.embedding.tokens import TokenEmbedder, padded, pooled, shortened, unit
from rag.errors import ModelDamaged
from rag.settings import PROJECT, Settings
from rag.types import Embedder
from tests.conftest import fetched

BGE = "Represent this sentence for searching relevant passages: "


def put(folder: Path, name: str, content: dict) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))


class TestRecipe:
    def test_a_bare_folder_has_the_plain_one(self, tmp_path):
        assert recipe_of(tmp_path) == Recipe("", "", "mean", 512)
        assert recipe_of(tmp_path).mark == ""

    def test_the_folder_says_prefixes_pooling_and_window(self, tmp_path):
        put(tmp_path, "config_sentence_transformers.json",
            {"prompts": {"query": "ask: ", "passage": "text: "}})  # fmt: skip
        put(tmp_path, "1_Pooling/config.json",
            {"word_embedding_dimension": 8, "pooling_mode_cls_token": True,
             "pooling_mode_mean_tokens": False, "include_prompt": True})  # fmt: skip
        put(tmp_path, "sentence_bert_config.json", {"max_seq_length": 99})
        assert recipe_of(tmp_path) == Recipe("ask: ", "text: ", "cls", 99)

    def test_what_is_asked_for_wins_and_a_blank_is_nothing(self, tmp_path):
        put(tmp_path, "config_sentence_transformers.json", {"prompts": {"query": "ask: "}})
        found = recipe_of(tmp_path, question_prefix=" ", passage_prefix="p: ", window=7)
        assert (found.question_prefix, found.passage_prefix, found.window) == ("", "p: ", 7)

    def test_positions_of_roberta_start_at_two(self, tmp_path):
        put(tmp_path, "config.json", {"model_type": "xlm-roberta", "max_position_embeddings": 514})
        assert recipe_of(tmp_path).window == 512

    def test_a_pooling_that_is_not_known_is_said(self, tmp_path):
        put(tmp_path, "1_Pooling/config.json", {"pooling_mode_lasttoken": True})
        with pytest.raises(ModelDamaged, match="'lasttoken'"):
            recipe_of(tmp_path)

    def test_each_part_that_changes_vectors_changes_the_mark(self):
        kinds = [Recipe(), Recipe("q: "), Recipe("", "q: "), Recipe("", "", "cls")]
        assert len({kind.mark for kind in kinds}) == 4
        assert replace(kinds[1], window=9).mark == kinds[1].mark


class TestIdentity:
    @pytest.fixture
    def settings(self, tmp_path) -> Settings:
        (tmp_path / "model.onnx").write_bytes(b"weights")
        return replace(Settings(), embedder=str(tmp_path))

    def test_a_plain_embedder_is_its_name_and_hash(self, settings):
        name, _, rest = Models(settings).identity("embedder").partition("@")
        assert name == Path(settings.embedder).name and len(rest) == 12

    def test_another_prefix_is_another_embedder(self, settings):
        plain = Models(settings).identity("embedder")
        asked = Models(replace(settings, question_prefix="ask: ")).identity("embedder")
        held = Models(replace(settings, passage_prefix="ask: ")).identity("embedder")
        assert asked.startswith(f"{plain}+") and held.startswith(f"{plain}+") and asked != held
        assert Models(replace(settings, question_prefix=" ")).identity("embedder") == plain


class TestTokens:
    def test_padding_is_masked_and_short_rows_keep_their_ids(self):
        ids, mask = padded([[5, 6, 7], [8]])
        assert ids.tolist() == [[5, 6, 7], [8, 0, 0]]
        assert mask.tolist() == [[1, 1, 1], [1, 0, 0]]

    def test_a_long_text_keeps_its_closing_token(self):
        assert shortened([1, 2, 3, 4, 9], 3) == [1, 2, 9]
        assert shortened([1, 2, 9], 3) == [1, 2, 9]

    def test_the_mean_leaves_padding_out(self):
        vectors = np.array([[[2, 0], [4, 2], [100, 100]]], np.float32)
        mask = np.array([[1, 1, 0]])
        assert pooled(vectors, mask, "mean").tolist() == [[3, 1]]
        assert pooled(vectors, mask, "cls").tolist() == [[2, 0]]
        assert pooled(vectors[:, 0], mask, "mean").tolist() == [[2, 0]]  # pooled by itself

    def test_vectors_of_nothing_stay_nothing(self):
        assert unit(np.array([[3, 4], [0, 0]], np.float32)).tolist() == [
            [pytest.approx(0.6), pytest.approx(0.8)], [0, 0]
        ]  # fmt: skip


WORDS = ["[UNK]", "[CLS]", "[SEP]", "q:", "p:", "the", "dam", "held", "broke", "barley"]
SIZES = (64, 2, 2, 96, len(WORDS), 16, 2)  # hidden, layers, heads, inner, words, positions, types


class Packed:
    """Random weights, as the packed file holds them and as torch would."""

    def __init__(self, folder: Path):
        self.random = np.random.default_rng(7)
        self.directory, self.content = [], b""
        hidden, layers, heads, inner, vocabulary, positions, types = SIZES
        config = BertConfig(
            vocab_size=vocabulary, hidden_size=hidden, num_hidden_layers=layers,
            num_attention_heads=heads, intermediate_size=inner, type_vocab_size=types,
            max_position_embeddings=positions, layer_norm_eps=1e-12,
        )  # fmt: skip
        self.reference = BertModel(config, add_pooling_layer=False).eval()
        self.state = self.reference.state_dict()
        self._embeddings()
        for layer in range(layers):
            self._layer(layer)
        self.reference.load_state_dict(self.state)
        self._write(folder / "tiny.bin")
        tokenizer().save(str(folder / "tokenizer.json"))

    def _embeddings(self) -> None:
        start = "embeddings."
        self._matrix("emb.word", f"{start}word_embeddings.weight")
        for ours, name in (("pos", "position_embeddings"), ("type", "token_type_embeddings")):
            self._floats(f"emb.{ours}", f"{start}{name}.weight")
        self._floats("emb.ln.w", f"{start}LayerNorm.weight")
        self._floats("emb.ln.b", f"{start}LayerNorm.bias")

    def _layer(self, layer: int) -> None:
        parts = {
            "q": "attention.self.query", "k": "attention.self.key", "v": "attention.self.value",
            "ao": "attention.output.dense", "fi": "intermediate.dense", "fo": "output.dense",
        }  # fmt: skip
        norms = {"aln": "attention.output.LayerNorm", "oln": "output.LayerNorm"}
        for ours, name in (parts | norms).items():
            add = self._floats if ours in norms else self._matrix
            add(f"l{layer}.{ours}.w", f"encoder.layer.{layer}.{name}.weight")
            self._floats(f"l{layer}.{ours}.b", f"encoder.layer.{layer}.{name}.bias")

    def _floats(self, ours: str, name: str) -> None:
        values = self.random.normal(0.5, 0.1, self.state[name].shape).astype(np.float32)
        self.state[name] = torch.from_numpy(values)
        self._add(ours, 0, values.size, values.tobytes())

    def _matrix(self, ours: str, name: str) -> None:
        """Each weight is its number, 0…15, less 8, times the scale of its 32."""
        shape = tuple(self.state[name].shape)
        numbers = self.random.integers(0, 16, (shape[0] * shape[1] // 32, 32), np.uint8)
        scales = self.random.uniform(0.01, 0.1, len(numbers)).astype("<f2")
        weights = (numbers.astype(np.float32) - 8) * scales.astype(np.float32)[:, None]
        self.state[name] = torch.from_numpy(weights.reshape(shape))
        halves = numbers[:, :16] | (numbers[:, 16:] << 4)
        blocks = b"".join(s.tobytes() + h.tobytes() for s, h in zip(scales, halves, strict=True))
        self._add(ours, 1, weights.size, blocks)

    def _add(self, name: str, kind: int, count: int, content: bytes) -> None:
        self.directory.append((name.encode(), kind, count, len(self.content), len(content)))
        self.content += content + b"\0" * (-len(content) % 64)

    def _write(self, path: Path) -> None:
        pieces = "".join(WORDS).encode()
        ends = np.cumsum([0, *map(len, WORDS)]).astype("<u4").tobytes()
        head = struct.pack("<4sI7ifi", b"E5S1", 1, *SIZES, 1e-12, 32)
        head += struct.pack("<5iQ", len(WORDS), 1, 2, 0, 0, len(pieces)) + ends
        head += np.zeros(len(WORDS), "<f4").tobytes() + pieces + struct.pack("<iI", 1, 5) + b"x" * 5
        size = sum(2 + len(name) + 21 for name, *_ in self.directory)
        start = -(-(len(head) + 4 + size) // 64) * 64
        head += struct.pack("<i", len(self.directory))
        for name, kind, count, offset, length in self.directory:
            head += struct.pack("<H", len(name)) + name
            head += struct.pack("<BIQQ", kind, count, start + offset, length)
        path.write_bytes(head.ljust(start, b"\0") + self.content)


def tokenizer() -> Tokenizer:
    made = Tokenizer(models.WordLevel({word: at for at, word in enumerate(WORDS)}, "[UNK]"))
    made.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 1), ("[SEP]", 2)]
    )
    return made


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A folder for a packed model."""
    return tmp_path_factory.mktemp("packed")


@pytest.fixture(scope="module")
def packed(folder) -> Packed:
    """What the folder's packed model was made of."""
    return Packed(folder)


class TestPacked:
    def test_weights_are_read_as_they_were_packed(self, packed, folder):
        shape, tensors = read(packed_file(folder))
        assert (shape.hidden, shape.layers, shape.vocabulary) == (64, 2, len(WORDS))
        words = packed.state["embeddings.word_embeddings.weight"].numpy()
        assert np.array_equal(unpacked(tensors["emb.word"]).reshape(words.shape), words)

    def test_it_computes_what_the_model_computes(self, packed, folder, monkeypatch):
        monkeypatch.setattr("rag.embedding.packed.precision", lambda: torch.float32)
        ids, mask = padded([[1, 5, 6, 7, 2], [1, 9, 2]])
        given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        found = PackedTransformer(folder).run(**given)
        with torch.inference_mode():
            wanted = packed.reference(**{k: torch.from_numpy(v) for k, v in given.items()})
        wanted = wanted.last_hidden_state.numpy()
        assert np.allclose(found[mask == 1], wanted[mask == 1], atol=1e-4)

    def test_a_prefix_is_read_and_takes_room(self, packed, folder):
        plain = embedding.load(folder, identity="x", recipe=Recipe(window=16))
        recipe = Recipe("q:", "p: ", window=16, scale=2.0)
        asking = embedding.load(folder, identity="x", recipe=recipe)
        assert (plain.window, asking.window, asking.dimension) == (16, 15, 64)
        assert (plain.scale, asking.scale) == (1.0, 2.0)
        assert asking.count_tokens("the dam held") == 5
        assert np.allclose(
            asking.embed_passages(["the dam"]), plain.embed_passages(["p: the dam"]), atol=1e-6
        )
        assert not np.allclose(asking.embed_question("dam"), plain.embed_question("dam"), atol=0.01)

    def test_a_text_beyond_the_window_is_cut(self, packed, folder):
        model = TokenEmbedder(PackedTransformer(folder), identity="x", recipe=Recipe(window=16))
        assert np.isfinite(model.embed_passages(["dam " * 99])).all()
        assert model.count_tokens("dam " * 99) == 101

    @pytest.mark.parametrize("filler", [b"", b"\0" * 60, b"\xff" * 900], ids=len)
    def test_a_broken_file_is_said(self, tmp_path, filler):
        (tmp_path / "tiny.bin").write_bytes(b"E5S1" + filler)
        with pytest.raises(ModelDamaged, match="rag models fetch"):
            embedding.load(tmp_path, identity="x", recipe=Recipe())


@pytest.fixture
def bert(tmp_path) -> BertModel:
    """A random BERT, whose folder is `tmp_path`."""
    torch.manual_seed(3)
    config = BertConfig(
        vocab_size=len(WORDS), hidden_size=32, num_hidden_layers=2, num_attention_heads=4,
        intermediate_size=64, max_position_embeddings=16,
    )  # fmt: skip
    made = BertModel(config, add_pooling_layer=False).eval()
    made.save_pretrained(tmp_path)
    tokenizer().save(str(tmp_path / "tokenizer.json"))
    kinds = ("Transformer", "Pooling", "Normalize")
    modules = [{"type": f"sentence_transformers.models.{kind}"} for kind in kinds]
    (tmp_path / "modules.json").write_text(json.dumps(modules))
    return made


class TestPlain:
    def test_it_computes_what_the_model_computes(self, bert, tmp_path):
        ids, mask = padded([[1, 5, 6, 7, 2], [1, 9, 2]])
        found = plain.PlainTransformer(tmp_path).run(input_ids=ids, attention_mask=mask)
        with torch.inference_mode():
            given = {"input_ids": torch.from_numpy(ids), "attention_mask": torch.from_numpy(mask)}
            wanted = bert(**given).last_hidden_state.numpy()
        assert found.dtype == np.float32
        assert np.allclose(found[mask == 1], wanted[mask == 1], atol=2e-6)

    def test_gelu_is_exact_enough(self):
        values = np.linspace(-9, 9, 4001, dtype=np.float32)
        wanted = torch.nn.functional.gelu(torch.from_numpy(values).double()).numpy()
        assert np.abs(plain.gelu(values) - wanted).max() < 1e-6

    @pytest.mark.parametrize(
        ("name", "changed"),
        [
            ("config.json", {"model_type": "mpnet"}),
            ("config.json", {"hidden_act": "gelu_new"}),
            ("config.json", {"position_embedding_type": "relative_key"}),
            ("1_Pooling/config.json", {"include_prompt": False}),
            ("sentence_bert_config.json", {"do_lower_case": True}),
        ],
    )
    def test_a_model_that_is_meant_otherwise_is_left_to_its_library(
        self, bert, tmp_path, name, changed
    ):
        assert plain.runs(tmp_path)
        path = tmp_path / name
        put(tmp_path, name, (json.loads(path.read_text()) if path.exists() else {}) | changed)
        assert not plain.runs(tmp_path)

    def test_a_model_with_a_further_layer_is_left_to_its_library(self, bert, tmp_path):
        modules = json.loads((tmp_path / "modules.json").read_text())
        dense = {"type": "sentence_transformers.models.Dense"}
        (tmp_path / "modules.json").write_text(json.dumps([*modules, dense]))
        assert not plain.runs(tmp_path)

    def test_broken_weights_are_said(self, bert, tmp_path):
        whole = (tmp_path / "model.safetensors").read_bytes()
        (tmp_path / "model.safetensors").write_bytes(whole[:-900])
        with pytest.raises(ModelDamaged, match="rag models fetch"):
            embedding.load(tmp_path, identity="x", recipe=Recipe(window=16))


NAMES = ("all-minilm-l6-v2", "bge-small-en-v1.5", "multilingual-e5-small-q4")


@pytest.fixture(scope="module", params=NAMES)
def embedder(request) -> Embedder:
    """Each real embedder that a package index has."""
    fetched(request.param)
    return Models(replace(Settings.from_environment(), embedder=request.param)).embedder


@pytest.mark.model
class TestRealModels:
    def test_vectors_are_unit_and_near_for_near_meanings(self, embedder):
        texts = ["The dam burst.", "The barrage broke.", "Barley is cheap."]
        vectors = embedder.embed_passages(texts)
        assert vectors.shape == (3, embedder.dimension) and vectors.dtype == np.float32
        assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
        assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2]

    def test_no_texts_give_no_vectors(self, embedder):
        assert embedder.embed_passages([]).shape == (0, embedder.dimension)

    def test_a_text_has_one_vector_whatever_comes_with_it(self, embedder):
        texts = ["The dam burst.", "Barley is cheap this year. " * 30, "dam " * 900]
        together = embedder.embed_passages(texts)
        alone = np.concatenate([embedder.embed_passages([text]) for text in texts])
        assert (together * alone).sum(axis=1).min() > 0.99

    def test_tokens_are_counted_beyond_the_window(self, embedder):
        assert embedder.count_tokens("") == 2  # the two special tokens
        assert embedder.count_tokens(" ".join(["word"] * 1000)) == 1002 > embedder.window

    def test_a_question_finds_its_passage(self, embedder):
        passages = embedder.embed_passages(["The dam at Ilm burst in May.", "Barley is cheap."])
        assert (passages @ embedder.embed_question("When did the dam break?")).argmax() == 0


@pytest.mark.model
class TestTheDefault:
    QUESTIONS = ("When did the dam break?", "Who is Gerasimov?", "dam " * 900)

    def test_questions_and_passages_have_vectors_of_one_kind(self):
        fetched("all-minilm-l6-v2")
        model = Models(Settings.from_environment()).embedder
        passages = model.embed_passages(self.QUESTIONS)
        questions = np.stack([model.embed_question(text) for text in self.QUESTIONS])
        assert (passages * questions).sum(axis=1).min() > 0.999  # passages are in bfloat16

    def test_a_question_needs_no_torch(self):
        fetched("all-minilm-l6-v2")
        code = "import sys; from rag.assembling import Models; from rag.settings import Settings; "
        code += "Models(Settings.from_environment()).embedder.embed_question('Which dam held?'); "
        code += "print('torch' in sys.modules)"
        said = subprocess.run(
            [sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True
        )
        assert said.stdout.split() == ["False"]


@pytest.mark.model
class TestAcrossLanguages:
    PASSAGES = ("The dam at Ilm burst in May.", "Barley is cheap.", "The minister resigned.")
    QUESTIONS = (
        ("Wann ist der Staudamm gebrochen?", 0), ("Когда прорвало плотину?", 0),
        ("大坝是什么时候决堤的？", 0), ("¿Cuánto cuesta la cebada?", 1),
        ("Кто ушёл в отставку?", 2),
    )  # fmt: skip

    def test_questions_find_passages_of_another_language(self):
        fetched("multilingual-e5-small-q4")
        settings = replace(Settings.from_environment(), embedder="multilingual-e5-small-q4")
        model = Models(settings).embedder
        passages = model.embed_passages(self.PASSAGES)
        found = [int((passages @ model.embed_question(q)).argmax()) for q, _ in self.QUESTIONS]
        assert found == [gold for _, gold in self.QUESTIONS]


@pytest.mark.parametrize("file", ["config.json", "model.onnx", "modules.json", "weights.bin"])
def test_a_folder_that_is_no_model_is_said(tmp_path, file):
    (tmp_path / file).write_text("{}")
    with pytest.raises(ModelDamaged, match="rag models fetch"):
        embedding.load(tmp_path, identity="x", recipe=Recipe())


def test_a_gpu_is_taken_only_where_it_is_wanted_and_there():
    assert device(gpu=False) == "cpu"
    assert device(gpu=True) == ("cuda" if torch.cuda.is_available() else "cpu")
