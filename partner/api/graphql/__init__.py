"""GraphQL, read-only: the register with the same criteria, the same SQL and the same names as REST, in camelCase."""
