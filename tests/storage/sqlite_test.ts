import { countRules } from "./count_rules.ts";
import { repositoryRules } from "./repository_rules.ts";
import { searchRules } from "./search_rules.ts";
import { openSqlite } from "./stores.ts";

repositoryRules("sqlite", openSqlite);
repositoryRules("sqlite without lag", (options) => openSqlite({ ...options, lag: 0 }));
countRules("sqlite", openSqlite);
countRules("sqlite without lag", (options) => openSqlite({ ...options, lag: 0 }));
searchRules("sqlite", openSqlite);
