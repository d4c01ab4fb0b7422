"""The server: GraphQL over HTTP, what stands beside it, and the command line.

`app.create_app` puts the rooms together to an application, which can be served or mounted;
`metadata.well_known` is for hosts that mount it. The rooms, from the bottom to the top: `verify` is
for services that only verify, and uses nothing else here; `observability`, `http`, `oauth`,
`pages`, `graphiql` and `graphql_over_http` are what `app` needs; `process` serves it; `commands` is
the command line. This file imports none of them, so that verifying loads nothing of the server.
"""
