"""Events under other people's code books: views, tables of events, and reports of one happening joined."""
