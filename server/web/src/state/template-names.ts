// The kinds of groups that there is a template for; what is in them is loaded when somebody chooses one.

export const TEMPLATES = ["watch", "school", "pod", "coalition", "empty"] as const;
export type TemplateName = (typeof TEMPLATES)[number];
