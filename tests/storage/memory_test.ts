import { repositoryRules } from "./repository_rules.ts";
import { openMemory } from "./stores.ts";

repositoryRules("memory", openMemory);
