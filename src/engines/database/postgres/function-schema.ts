/**
 * The schema that holds our functions. Its number goes up with every change of a function, so that nodes of an older Pando go on with
 * theirs.
 */
export const functionSchema = 'pando_1';
