"""The house as its source has it: modules, what each imports, and what each face hands out."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from tests.house.house import HOUSE, NOT_SHIPPED

ROOT = Path(__file__).parents[2]
PACKAGE = "authberry"
FACE = "__init__"
"""What the `__init__` of a folder is called among its members."""


@dataclass(frozen=True)
class Module:
    """A file, by the name it is imported under, and where in the house it stands."""

    name: str
    file: str
    """Its path from the root, with slashes."""
    tree: ast.Module
    is_package: bool

    @property
    def folder(self) -> str:
        """One of the folders of the house."""
        return self.file.partition("/")[0]

    @property
    def member(self) -> str:
        """The room, with a slash, or the single file that it is, as `HOUSE` lists them."""
        inner, slash, _ = self.file.partition("/")[2].partition("/")
        return inner + slash if slash else inner.removesuffix(".py")

    @property
    def place(self) -> str:
        """The folder and the member, as `auth/mail`."""
        return f"{self.folder}/{self.member}".rstrip("/")

    @property
    def is_face(self) -> bool:
        """Whether it is the `__init__` of a room or of a folder."""
        return self.file in {f"{self.folder}/{FACE}.py", f"{self.place}/{FACE}.py"}


@dataclass(frozen=True)
class Import:
    """One name that a module imports."""

    importer: Module
    line: int
    written: str
    """The dotted name: `from a import b` is `a.b`."""
    target: Module | None
    """The module of the house that it reaches, if it is one of ours."""
    name: str
    """What is taken from that module; empty where it is the module itself."""

    @property
    def where(self) -> str:
        """The file and the line."""
        return f"{self.importer.file}:{self.line}"

    @property
    def library(self) -> str:
        """The package that it reaches for."""
        return self.written.partition(".")[0]


@dataclass(frozen=True)
class Source:
    """The folders below a root; the plan says which members each of them should have."""

    root: Path = ROOT
    plan: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: HOUSE)

    @cached_property
    def modules(self) -> dict[str, Module]:
        """Every Python file that is shipped, by the name it is imported under."""
        files = (
            path for folder in self.plan for path in sorted((self.root / folder).rglob("*.py"))
        )
        found = (self._module(path) for path in files)
        return {module.name: module for module in found if module}

    def _module(self, path: Path) -> Module | None:
        file = path.relative_to(self.root)
        if any(file.is_relative_to(folder) for folder in NOT_SHIPPED):
            return None
        names = file.with_suffix("").parts
        names = names[1:] if names[0] == "auth" else names
        is_package = names[-1:] == (FACE,)
        name = ".".join([PACKAGE, *(names[:-1] if is_package else names)])
        return Module(name, file.as_posix(), ast.parse(path.read_text("utf-8")), is_package)

    @cached_property
    def imports(self) -> list[Import]:
        """Every import of every module, wherever in it."""
        return [found for module in self.modules.values() for found in self.imports_of(module)]

    def imports_of(self, module: Module) -> Iterator[Import]:
        """What a module imports: of the house, with what it reaches, and of libraries."""
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    yield self._import(module, node.lineno, alias.name, alias.name, "")
            elif isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    of = node.module or ""
                    yield self._import(module, alias.lineno, f"{of}.{alias.name}", of, alias.name)

    def _import(self, importer: Module, line: int, written: str, of: str, name: str) -> Import:
        face = self.modules.get(of)
        if written in self.modules and not (face and name in handed_out(face)):
            return Import(importer, line, written, self.modules[written], "")
        while of and of not in self.modules:
            of = of.rpartition(".")[0]
        return Import(importer, line, written, self.modules.get(of), name)

    def face_of(self, module: Module) -> Module | None:
        """The face of the room that a module is in; None where it is in none."""
        return self._files.get(f"{module.place}/{FACE}.py")

    @cached_property
    def _files(self) -> dict[str, Module]:
        return {module.file: module for module in self.modules.values()}

    def home_of(self, module: Module, name: str) -> Module:
        """Return the module that has a name, for a face that hands it out; else the module."""
        for one in self.imports_of(module) if module.is_face else ():
            if one.target and one.written.rpartition(".")[2] == name:
                return one.target if one.target == module else self.home_of(one.target, name)
        return module

    def arrows(self) -> dict[str, set[str]]:
        """What each member imports, by its place; what stands for a whole folder is left out."""
        found: dict[str, set[str]] = {
            module.place: set() for module in self.modules.values() if module.member != FACE
        }
        for one in self.imports:
            target = one.target
            if target and FACE not in {one.importer.member, target.member}:
                found[one.importer.place].add(target.place)
        return {place: targets - {place} for place, targets in found.items()}


def handed_out(face: Module) -> list[str]:
    """The names in the `__all__` of a module; none if it has no `__all__`."""
    for node in face.tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id="__all__")], value=ast.List(elts=elements)):
                return [str(one.value) for one in elements if isinstance(one, ast.Constant)]
    return []


def bound(face: Module) -> set[str]:
    """The names that a face has from its own room: imported from it, or defined in it."""
    found: set[str] = set()
    for node in face.tree.body:
        match node:
            case ast.ImportFrom(module=str(of)) if of.startswith(f"{face.name}."):
                found |= {alias.asname or alias.name for alias in node.names}
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                found.add(name)
            case ast.ClassDef(name=name) | ast.AnnAssign(target=ast.Name(id=name)):
                found.add(name)
            case ast.Assign(targets=targets):
                found |= {target.id for target in targets if isinstance(target, ast.Name)}
    return {name for name in found if not name.startswith("_")}
