// The parts that screens are made of. A screen begins with <Page title actions>, holds <Section>s, and
// shows what it loads (useLoad) through <Shown of={loaded}>, which tells of waiting and of failures in
// place, with a retry. A list is a <DataTable> (paging, sorting, selection, keys, its state in the
// address) below <Filters>; the few rows that are all there are <FewRows>. What is typed goes
// through useForm and <Form>, with <TextField> and its kin: an error of the API stands at the field
// that it names, nothing typed is lost, and what somebody else has changed meanwhile is shown
// beside it. <Dialog> asks, <ConfirmDialog> makes sure. Words tell a state, never colour alone:
// <Badge tone>. <Pick> finds one of many by typing. announce() is for who listens to the page,
// toast() for what has been done. No part takes styles; a screen that needs some has a file in
// style/.
export { Actions } from "./actions";
export { Badge, type Tone } from "./badge";
export { Changed } from "./changed";
export { ConfirmDialog, Dialog } from "./dialog";
export { Diff, type DiffRow } from "./diff";
export { Empty } from "./empty";
export { Failure, failureText, type Reason, reasonOf, type Said, sentence } from "./failure";
export { FewRows } from "./few";
export { type Filter, Filters, filtersOf } from "./filters";
export { Field } from "./field";
export { AreaField, CheckField, Form, NumberField, SelectField, TextField } from "./fields";
export { type FormState, useForm } from "./form";
export { type Job, JobProgress, stateOf, toneOf } from "./job";
export { Link } from "./link";
export { Menu, MenuItem, MenuLink } from "./menu";
export { Overtaken, useTag } from "./overtaken";
export { Fact, Facts, Page, Section, Shown } from "./page";
export { Pick, type Picked } from "./pick";
export { Scroll } from "./scroll";
export { Secret, SecretDialog } from "./secret";
export { announce, toast } from "./say";
export { type Column, DataTable, type ListAsk, type Selection } from "./table";
export { Fold } from "./fold";
export { useNarrow } from "./narrow";
export { Tabs } from "./tabs";
export { Time } from "./time";
export { useNames } from "./names";
