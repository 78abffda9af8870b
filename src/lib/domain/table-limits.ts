/** Most lines, and most bytes, of a table of listings that is imported. */
export const tableLines = 500;
export const tableBytes = 400 * 1024;
