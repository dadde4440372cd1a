/** What campaigns ask of scripts; whoever composes the service says how they are read. */
export interface CampaignScripts {
  /** Id and text of a script by its name (`hutano`, `sn/hutano`). Throws INZWA_PROMPTS_INVALID that names what there is. */
  read(name: string): { readonly id: string; readonly text: string };
  /** What a text speaks of, and what it asks. Throws INZWA_PROMPTS_INVALID when this version cannot use it. */
  outline(id: string, text: string): ScriptOutline;
}

export interface ScriptOutline {
  /** Each needs a column in a file of contacts. */
  readonly variables: readonly string[];
  /** Ids, in their order. */
  readonly questions: readonly string[];
}
