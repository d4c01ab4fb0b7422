"""The schema that runs what clients send."""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from typing import Any, Protocol

import graphql
import strawberry
from graphql import GraphQLError, MiddlewareManager, OperationDefinitionNode
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext, ExecutionResult
from strawberry.types.graphql import OperationType

from authberry.errors import ErrorCode
from authberry.graph.context import Context
from authberry.graph.errors import masked, reword
from authberry.graph.execution.documents import CheckedDocument, DocumentCache
from authberry.graph.strawberry_internals import (
    SUGGESTION,
    InvalidOperationTypeError,
    await_maybe,
    core_schema,
    mark_one_of,
    optimized_is_awaitable,
)
from authberry.graph.types import DateTime


class Watcher(Protocol):
    """Sees what is run; see `authberry.server.spans`."""

    def operation(self, node: OperationDefinitionNode) -> AbstractContextManager[None]:
        """Be there for as long as an operation runs."""

    def resolve(
        self, _next: Callable[..., Any], root: Any, info: Any, *args: Any, **kwargs: Any
    ) -> Any:
        """Resolve a field with `_next`, as a middleware of graphql-core."""


class Schema(strawberry.Schema):
    """A Strawberry schema that runs only checked documents, and masks what nobody foresaw.

    Strawberry's own way of running an operation, with its parsing, its extensions and its log,
    costs twice what graphql-core takes for a small one; and its log holds documents, with the
    passwords in them. See docs/decisions/0009.
    """

    def __init__(
        self, query: type, mutation: type | None = None, *, introspection: bool, **more: Any
    ) -> None:
        """Build the schema; `introspection` says whether clients may ask for it."""
        super().__init__(
            query,
            mutation,
            config=StrawberryConfig(
                scalar_map={datetime: DateTime}, disable_field_suggestions=not introspection
            ),
            **more,
        )
        self._core_schema = core_schema(self)
        mark_one_of(self._core_schema)
        self._documents = DocumentCache(introspection=introspection)
        self._watcher: Watcher | None = None
        self._middleware: MiddlewareManager | None = None

    def watch(self, watcher: Watcher) -> None:
        """Let every operation and every field be seen by `watcher`."""
        self._watcher, self._middleware = watcher, MiddlewareManager(watcher)

    async def execute(
        self,
        query: str | None,
        variable_values: dict[str, Any] | None = None,
        context_value: Any = None,
        root_value: Any = None,
        operation_name: str | None = None,
        allowed_operation_types: Iterable[OperationType] | None = None,
        operation_extensions: dict[str, Any] | None = None,  # noqa: ARG002 - Strawberry's signature
    ) -> ExecutionResult:
        """Run one operation of a document.

        Raises:
            InvalidOperationTypeError: it is of a type that is not among those allowed.
        """
        try:
            checked = self._documents.check(self._core_schema, query or "")
            operation = _choose(checked, operation_name, allowed_operation_types)
            result = graphql.ExecutionResult(None, checked.errors)
            if not checked.errors:
                with self._watcher.operation(operation) if self._watcher else nullcontext():
                    running = graphql.execute(
                        self._core_schema,
                        checked.document,
                        root_value,
                        context_value,
                        variable_values,
                        operation_name,
                        middleware=self._middleware,
                        executor_class=graphql.Executor,
                        is_awaitable=optimized_is_awaitable,  # type: ignore[arg-type]
                    )
                    result = await await_maybe(running)
                    for error in result.errors or ():
                        reword(error, self._core_schema, checked.document)
        except GraphQLError as refusal:
            result = graphql.ExecutionResult(None, [refusal])
        for error in result.errors or ():
            self._mask(error, context_value)
        return ExecutionResult(data=result.data, errors=result.errors)

    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """Mask likewise what Strawberry's other ways of running an operation end with."""
        for error in errors:
            self._mask(error, execution_context.context if execution_context else None)

    def _mask(self, error: GraphQLError, context: object) -> None:
        """Give an error a code, and mask one that has none because nobody foresaw it."""
        if self.config.disable_field_suggestions:
            error.message = error.message.partition(SUGGESTION)[0]
        if error.extensions and "code" in error.extensions:
            return
        cause = error.original_error
        # A variable or an argument that does not fit.
        if cause is None or (error.path is None and isinstance(cause, GraphQLError)):
            error.extensions = {"code": ErrorCode.BAD_REQUEST.value}
            return
        mask = masked(cause, context.request_id if isinstance(context, Context) else None)
        error.message, error.extensions = mask.message, mask.extensions


def _choose(
    checked: CheckedDocument, name: str | None, allowed: Iterable[OperationType] | None
) -> OperationDefinitionNode:
    """Choose the operation to run, and refuse one of a type that is not allowed."""
    operation = checked.operation(name)
    kind = OperationType(operation.operation.value)
    if allowed is not None and kind not in allowed:
        raise InvalidOperationTypeError(kind)
    return operation
