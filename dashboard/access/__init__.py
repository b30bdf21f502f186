"""Who may see and do what on the page: users, sessions, roles, request checks, audit."""
