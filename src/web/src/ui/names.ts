import { createContext } from "preact";
import { useContext } from "preact/hooks";

export const Names = createContext<Record<string, string>>({});

// What the path of this screen names: { id } for "/users/:id".
export function useNames(): Record<string, string> {
	return useContext(Names);
}
