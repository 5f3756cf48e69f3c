import { countRules } from "./count_rules.ts";
import { repositoryRules } from "./repository_rules.ts";
import { searchRules } from "./search_rules.ts";
import { openMemory } from "./stores.ts";

repositoryRules("memory", openMemory);
countRules("memory", openMemory);
searchRules("memory", openMemory);
