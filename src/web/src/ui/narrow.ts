import { useEffect, useState } from "preact/hooks";

const narrow = () => matchMedia("(max-width: 40rem)");

// Whether the page has no room for columns side by side.
export function useNarrow(): boolean {
	const [is, setIs] = useState(() => narrow().matches);
	useEffect(() => {
		const width = narrow();
		const turned = () => setIs(width.matches);
		width.addEventListener("change", turned);
		return () => width.removeEventListener("change", turned);
	}, []);
	return is;
}
