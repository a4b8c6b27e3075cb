"""Reading a view file: every fault at once, from a misspelt key to an event that no rule is for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any

from rasd.coding.rules import COLUMNS, FITS, TRIGGER, Code, Condition, Rule
from rasd.coding.view import View, load_words
from rasd.coding.words import compile_words
from rasd.errors import OntologyError, did_you_mean, summarize_faults
from rasd.ontology import Ontology

_KEYS = {
    "name": str,
    "version": str,
    "ontology": str,
    "target": str,
    "levels": list,
    "codes": dict,
    "rules": list,
    "ranked": bool,
    "columns": dict,
    "needs": list,
    "single": list,
    "parties": dict,
    "kinds": list,
    "words": dict,
}
_REQUIRED = ("name", "version", "ontology", "target", "levels", "codes", "rules")
_CODE_KEYS = ("under", "roles", "needs_target")
_RULE_KEYS = ("id", "types", "realis", "when", "unless", "fit", "code", "candidates", "note")
_CONDITION_KEYS = ("has", "lacks", "same", "topic_of", "beside")


def build_view(record: Any, *, origin: str) -> View:
    """Build a view from its parsed file.

    Raises:
        OntologyError: If it is at fault; the message lists every fault.
    """
    faults = _find_shape_faults(record)
    if faults:
        raise OntologyError(f"{origin} is at fault:\n{summarize_faults(faults)}")
    reader = _Reader(record, Ontology.load(record["ontology"]))
    view = reader.read()
    if reader.faults:
        raise OntologyError(f"{origin} is at fault:\n{summarize_faults(reader.faults)}")
    return view


def _find_shape_faults(record: Any) -> list[str]:
    """Return what keeps a file from being read as a view at all."""
    if not isinstance(record, Mapping):
        return [f"expected a mapping with the keys {', '.join(_KEYS)}, got {record!r:.80}"]
    faults = [f"the key {key!r} is missing" for key in _REQUIRED if key not in record]
    for key, value in record.items():
        if key not in _KEYS:
            faults.append(f"unknown key {key!r}; keys are: {', '.join(_KEYS)}.{did_you_mean(str(key), _KEYS)}")
        elif not isinstance(value, _KEYS[key]):
            faults.append(f"{key}: expected {_KEYS[key].__name__}, got {value!r:.80}")
    return faults


class _Reader:
    """Reads one file and collects its faults."""

    def __init__(self, record: Mapping[str, Any], ontology: Ontology) -> None:
        self.record = record
        self.ontology = ontology
        self.faults: list[str] = []
        self.realis = tuple(ontology.realis_ids) or ("Actual",)
        self.words: dict[str, list[str]] = {}
        for name, expressions in {**load_words(), **record.get("words", {})}.items():
            if isinstance(expressions, list) and expressions and all(isinstance(item, str) for item in expressions):
                self.words[name] = expressions
            else:
                self.faults.append(f"words.{name}: expected a list of expressions, got {expressions!r:.80}")

    def read(self) -> View:
        record = self.record
        codes, roles = self._read_codes()
        parties = record.get("parties", {})
        self._check_keys(parties, ("types", "split"), "parties: ")
        rules = [self._read_rule(raw, i, codes) for i, raw in enumerate(record["rules"])]
        rules = [rule for rule in rules if rule is not None]
        for key in ("columns", "needs", "single"):
            for name in record.get(key, []):
                if name not in COLUMNS:
                    self.faults.append(f"{key}: no column {name!r}.{did_you_mean(str(name), COLUMNS)}")
        self._check_rules(rules)
        return View(
            name=record["name"],
            version=record["version"],
            ontology=record["ontology"],
            target=record["target"],
            levels=tuple(record["levels"]),
            codes=codes,
            is_ranked=record.get("ranked", False),
            columns=record.get("columns", {}),
            needs=tuple(record.get("needs", [])),
            single=tuple(record.get("single", [])),
            parties=self._find_types(parties.get("types", []), "parties"),
            is_split=bool(parties.get("split", False)),
            kinds=tuple(self._find_types(kind, "kinds") for kind in record.get("kinds", [])),
            roles=roles,
            rules=tuple(rules),
        )

    def _read_codes(self) -> tuple[dict[Code, dict[str, Any]], dict[Code, dict[str, str]]]:
        """Return the code list: what stands under a code takes over the fields of the wider one."""
        codes: dict[Code, dict[str, Any]] = {}
        roles: dict[Code, dict[str, str]] = {}

        def add(entries: Mapping[str, Any], above: Code, fields: Mapping[str, Any]) -> None:
            for name, raw in entries.items():
                code = (*above, name)
                if not isinstance(name, str) or not isinstance(raw, (dict, type(None))):
                    self.faults.append(f"codes.{name!r}: expected a name in quotes and a mapping, got {raw!r:.60}")
                    continue
                raw = raw or {}
                below = [key for key in ("under", "roles") if not isinstance(raw.get(key, {}), dict)]
                if below or len(code) > len(self.record["levels"]):
                    self.faults += [f"codes: {' / '.join(code)}: {key!r} must be a mapping" for key in below]
                    # No further down: a file may hold itself.
                    self.faults += [] if below else [f"codes: {' / '.join(code)} lies deeper than the levels"]
                    continue
                codes[code] = {**fields, **{key: value for key, value in raw.items() if key not in ("under", "roles")}}
                roles[code] = raw.get("roles", {})
                for role in roles[code]:
                    self._check_role(role, f"codes: {' / '.join(code)}: ")
                add(raw.get("under", {}), code, codes[code])

        add(self.record["codes"], (), {})
        return codes, roles

    def _read_rule(self, raw: Any, i: int, codes: Mapping[Code, Any]) -> Rule | None:
        if not isinstance(raw, Mapping) or not isinstance(raw.get("id"), str):
            self.faults.append(f"rules[{i}]: expected a mapping with an 'id', got {raw!r:.80}")
            return None
        where = f"rule {raw['id']!r}: "
        self._check_keys(raw, _RULE_KEYS, where)
        for key in ("realis", "candidates"):
            value = raw.get(key, [])
            if not isinstance(value, list) or (key == "realis" and not all(isinstance(item, str) for item in value)):
                self.faults.append(f"{where}{key}: expected a list, got {value!r:.80}")
                return None
        code, candidates = self._read_code(raw.get("code"), codes, where), raw.get("candidates", [])
        rule = Rule(
            id=raw["id"],
            types=self._find_types(raw.get("types", []), where),
            realis=frozenset(raw.get("realis", self.realis)),
            when=self._read_condition(raw.get("when", {}), f"{where}when: "),
            unless=self._read_condition(raw["unless"], f"{where}unless: ") if "unless" in raw else None,
            fit=raw.get("fit", "exact"),
            code=code,
            candidates=tuple(self._read_code(item, codes, where) for item in candidates),
            note=" ".join(str(raw.get("note", "")).split()),
            types_as_written=tuple(_listed(raw.get("types", []))),
            told=_describe_told(raw),
        )
        for value in rule.realis - set(self.realis):
            self.faults.append(f"{where}unknown realis value {value!r}; there are: {', '.join(self.realis)}")
        self._check_fit(rule, where)
        return rule

    def _read_code(self, raw: Any, codes: Mapping[Code, Any], where: str) -> Code:
        """Return a code that the code list has, or nothing."""
        if raw is None:
            return ()
        code = tuple(raw) if isinstance(raw, list) else (raw,)
        if not all(isinstance(part, str) for part in code) or code not in codes:
            known = [" / ".join(item) for item in codes]
            shown = " / ".join(map(str, code))
            self.faults.append(f"{where}the code list has no {shown!r}.{did_you_mean(shown, known)}")
            return ()
        return code

    def _check_fit(self, rule: Rule, where: str) -> None:
        """Check that the fit, the code and the candidates say the same."""
        if rule.fit not in FITS:
            self.faults.append(f"{where}unknown fit {rule.fit!r}; there are: {', '.join(FITS)}")
        if rule.fit != "exact" and not rule.note:
            self.faults.append(f"{where}a rule whose fit is {rule.fit!r} needs a note that says why")
        if (rule.fit in ("exact", "loses")) != bool(rule.code) and rule.fit != "undecided":
            self.faults.append(f"{where}fit {rule.fit!r} and code {rule.code} do not go together")
        if (rule.fit == "undecided") != (len(rule.candidates) > 1):
            self.faults.append(f"{where}a rule is undecided between two candidates or more, and no other has them")
        if any(item[: len(rule.code)] != rule.code for item in rule.candidates):
            self.faults.append(f"{where}the code {rule.code} is not what its candidates share")

    def _read_condition(self, raw: Any, where: str) -> Condition:
        """Read what must be told: places and words, or one of the keys that look at something else."""
        if not isinstance(raw, Mapping):
            self.faults.append(f"{where}expected a mapping, got {raw!r:.80}")
            return Condition()
        words = []
        for key, value in raw.items():
            if key in _CONDITION_KEYS:
                continue
            places = tuple(str(key).split("|"))
            for place in places:
                if place != TRIGGER:
                    self._check_role(place, where)
            names = _listed(value)
            for name in [name for name in names if not isinstance(name, str)]:
                self.faults.append(f"{where}{key}: expected names of lists of words, got {name!r:.60}")
            names = [name for name in names if isinstance(name, str)]
            for name in names:
                if name not in self.words:
                    self.faults.append(f"{where}no list of words {name!r}.{did_you_mean(str(name), self.words)}")
            expressions = [item for name in names for item in self.words.get(name, ())]
            words.append((places, compile_words(expressions or [""])))
        for key in ("has", "lacks", "same"):
            for role in _listed(raw.get(key, [])):
                self._check_role(role, where)
        return Condition(
            words=tuple(words),
            **{key: tuple(_listed(raw.get(key, []))) for key in ("has", "lacks", "same")},
            **{key: self._find_types(raw[key], where) if key in raw else frozenset() for key in ("topic_of", "beside")},
        )

    def _find_types(self, patterns: Any, where: str) -> frozenset[str]:
        """Return the event types of a list of names, in which * stands for anything."""
        found: set[str] = set()
        for pattern in _listed(patterns):
            types = [name for name in self.ontology.type_ids if fnmatchcase(name, str(pattern))]
            if not types:
                near = did_you_mean(str(pattern), self.ontology.type_ids)
                self.faults.append(f"{where}the ontology {self.ontology.name!r} has no type {pattern!r}.{near}")
            found.update(types)
        return frozenset(found)

    def _check_role(self, role: Any, where: str) -> None:
        if not isinstance(role, str) or role not in self.ontology.role_ids:
            self.faults.append(f"{where}unknown role {role!r}.{did_you_mean(str(role), self.ontology.role_ids)}")

    def _check_keys(self, raw: Mapping[str, Any], valid: Iterable[str], where: str) -> None:
        for key in raw:
            if key not in valid:
                near = did_you_mean(str(key), valid)
                self.faults.append(f"{where}unknown key {key!r}; keys are: {', '.join(valid)}.{near}")

    def _check_rules(self, rules: list[Rule]) -> None:
        """Check that ids are unique, every event has a rule, and every rule can fire."""
        ids = [rule.id for rule in rules]
        self.faults += [f"rule {name!r} stands twice" for name in sorted({item for item in ids if ids.count(item) > 1})]
        settled: set[tuple[str, str]] = set()
        for rule in rules:
            pairs = {(name, value) for name in rule.types for value in rule.realis}
            if pairs <= settled:
                self.faults.append(f"rule {rule.id!r} can never fire: rules before it take all of its events")
            if not rule.is_conditional:
                settled |= pairs
        for name in self.ontology.type_ids:
            open_values = [value for value in self.realis if (name, value) not in settled]
            if open_values:
                self.faults.append(f"no rule is for every {name} that is {' or '.join(open_values)}")


def _describe_told(raw: Mapping[str, Any]) -> str:
    """Return what a rule asks to be told, in words."""
    parts = [_describe_condition(raw.get("when", {}))]
    if "unless" in raw:
        parts.append(f"not {_describe_condition(raw['unless'])}")
    return "; ".join(part for part in parts if part)


def _describe_condition(raw: Any) -> str:
    phrases = {
        "has": "{} told",
        "lacks": "no {} told",
        "same": "{} the same",
        "topic_of": "topic of {}",
        "beside": "beside {}",
    }
    parts = []
    for key, value in raw.items() if isinstance(raw, Mapping) else ():
        names = [str(name) for name in _listed(value)]
        if key in phrases:
            parts.append(phrases[key].format((" and " if key == "same" else ", ").join(names)))
        else:
            parts.append(f"{str(key).replace('|', ' or ')}: {' or '.join(names)}")
    return "; ".join(parts)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
