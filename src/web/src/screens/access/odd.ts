// Names that cannot stand in an address: the server takes no "/" within a word of it, a browser takes
// "." and ".." away, and some are screens. Where there is an id it stands there instead.
const odd = /[/\\\p{Cc}]|^\.{1,2}$|^(new|matrix)$/u;

export function isOdd(name: string): boolean {
	return odd.test(name);
}
