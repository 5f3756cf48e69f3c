import { testOnPostgres } from "../fixtures/postgres.ts";
import { countRules } from "./count_rules.ts";
import { repositoryRules } from "./repository_rules.ts";
import { searchRules } from "./search_rules.ts";
import { openPostgres } from "./postgres_store.ts";

repositoryRules("postgres", openPostgres, testOnPostgres);
countRules("postgres", openPostgres, testOnPostgres);
searchRules("postgres", openPostgres, testOnPostgres);
