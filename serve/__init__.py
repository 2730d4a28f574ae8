"""The operators' API and its console: HTTP in, decisions of `enforcement` and rows of `schema` out."""
