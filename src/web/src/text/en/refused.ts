export default {
	lacking: "Your roles do not allow it",
	takes: "It takes the permission",
	roles: "Roles that have it: {roles}.",
	ask_admin: "Ask an Admin of your company: they give roles.",
	ask_operator: "Ask another operator: one who may give roles among the operators.",
	contact: "Your company names this contact: {contact}.",
	operators: "This page is for the operators",
	operators_lead: "Only who runs the installation sees companies from outside. Your company's own pages are in the menu.",
	operators_here: "You are in one company now. This page is about all of them, among the operators' own.",
	to_operators: "Open it there",
	foreign: "You are not of this company",
	foreign_lead: "Only operators go into other companies. Perhaps the link was meant for one of them.",
};
