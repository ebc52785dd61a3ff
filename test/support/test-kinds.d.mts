export function testFiles(root: string): string[];
export function serverTestFiles(root: string): string[];
