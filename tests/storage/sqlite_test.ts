import { repositoryRules } from "./repository_rules.ts";
import { openSqlite } from "./stores.ts";

repositoryRules("sqlite", openSqlite);
repositoryRules("sqlite without lag", (options) => openSqlite({ ...options, lag: 0 }));
