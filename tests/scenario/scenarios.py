"""Which tests hold which scenario of directory sync, on which of the servers that it names.

The scenarios are numbered by the team's catalogue; `servers` says what it says of each: all three,
some, or any. What stands in dir_changes is run by dir_openldap and dir_389, each against its own
server. `otherwise` is why a test on a server that is named has nothing to show.
"""

from dataclasses import dataclass, field

OL, DS, AD = {"openldap"}, {"ds389"}, {"samba"}
ALL, ANY = OL | DS | AD, set()


@dataclass(frozen=True)
class Row:
    servers: set
    tests: dict  # by file, without what all files' and all tests' names begin with
    otherwise: dict = field(default_factory=dict)


SCENARIOS = {
    1: Row(ALL, {
        "dir_life": ["nobody_comes_and_nothing_is_told_until_somebody_confirms_the_first_plan",
                     "everybody_and_every_nested_membership_is_there_after_the_first_run"],
        "dir_operations": ["every_changed_person_has_a_row_in_the_provisioning_log"]}),
    2: Row(OL | DS, {
        "dir_life": ["a_poll_without_changes_writes_nothing_and_deletes_nobody"]}),
    3: Row(ANY, {
        "dir_life": ["a_title_is_one_change_and_one_message"]}),
    4: Row(OL, {
        "dir_life": ["a_replace_by_the_same_value_is_no_change"]}),
    5: Row(ANY, {
        "dir_life": ["a_new_person_comes_with_roles_and_groups"]}),
    6: Row(OL, {
        "dir_life": ["a_married_person_is_the_same_with_all_memberships"]}),
    7: Row(ANY, {
        "dir_life": ["a_move_between_units_changes_nobody"],
        "dir_changes": ["a_move_between_two_units_changes_nobody"]}),
    8: Row(ALL, {
        "dir_life": ["a_renamed_unit_keeps_everybody_and_their_later_changes_arrive"],
        "dir_changes": ["a_renamed_unit_leaves_all_as_they_are_and_known_by_their_new_names"],
        "sync_life": ["a_renamed_unit_is_compared_without_being_asked"]}),
    9: Row(ALL, {
        "dir_life": ["a_disabled_person_is_told_first_and_comes_back_the_same"],
        "dir_presets": ["who_is_disabled_there_is_disabled_here_and_comes_back"]}),
    10: Row(ANY, {
        "sync_life": ["a_local_suspension_outlives_what_the_directory_says"]}),
    11: Row(OL | AD, {
        "dir_mapping": ["an_account_ends_at_its_time_without_a_word_and_comes_back_when_the_date_"
                        "moves"],
        "dir_presets": ["an_account_that_has_ended_there_ends_here_and_comes_back"]}),
    12: Row(OL | AD, {
        "dir_mapping": ["the_servers_own_way_of_disabling_counts_and_a_lock_out_does_not"],
        "dir_pass": ["who_is_locked_there_is_refused_here_and_stays_active"],
        "dir_ad": ["who_is_locked_out_there_stays_active"]}),
    13: Row(OL | AD, {
        "dir_pass": ["who_must_change_the_password_hears_where"],
        "dir_pass_servers": ["active_directory_773_must_change"]}),
    14: Row(ANY, {
        "dir_life": ["a_deleted_person_is_deactivated_and_kept"],
        "dir_changes": ["a_deleted_person_may_not_work"]}),
    15: Row(ANY, {
        "dir_conflicts": ["who_is_born_again_gets_nothing_silently"]}),
    16: Row(AD, {
        "dir_ad": ["a_deleted_person_may_not_work_and_a_restored_one_is_the_same"]}),
    17: Row(ANY, {
        "dir_life": ["mailboxes_that_two_people_swap_are_right_after_one_run"]}),
    18: Row(ANY, {
        "dir_mapping": ["an_address_in_another_case_is_the_same_address"],
        "dir_conflicts": ["another_unicode_form_of_ones_own_address_is_none"]}),
    19: Row(ANY, {
        "dir_operations": ["one_person_on_demand_step_by_step"]}),
    20: Row(OL | AD, {
        "dir_ad": ["who_leaves_the_base_may_not_work_until_he_comes_back"],
        "dir_changes": ["who_leaves_the_base_may_not_work_until_he_comes_back"]}),
    21: Row(OL | AD, {
        "dir_ad": ["who_leaves_the_base_may_not_work_until_he_comes_back"],
        "dir_changes": ["who_leaves_the_base_may_not_work_until_he_comes_back"]}),
    22: Row(ALL, {
        "dir_mapping": ["who_leaves_by_an_attribute_is_out_of_scope_until_it_changes_back"],
        "dir_changes": ["who_leaves_the_scope_by_an_attribute_may_not_work"],
        "dir_ad": ["who_leaves_the_scope_by_an_attribute_may_not_work"]}),
    23: Row(ALL, {
        "dir_ad": ["all_of_a_unit_that_is_moved_out_may_not_work"],
        "dir_changes": ["all_of_a_unit_that_is_moved_out_may_not_work"]}),
    24: Row(ANY, {
        "dir_openldap": ["a_base_that_is_renamed_takes_nobody_away"],
        "dir_ad": ["a_base_that_is_gone_changes_nothing"],
        "dir_conflicts": ["a_base_that_is_gone_opens_and_closes_none"],
        "sync_hostile": ["a_broken_answer_applies_nothing"]}),
    25: Row(ANY, {
        "dir_mapping": ["a_narrower_scope_is_planned_and_waits"]}),
    26: Row(OL, {
        "dir_limits": ["an_account_that_may_read_less_takes_nobody_away"]}),
    27: Row(AD, {
        "dir_ad": ["an_account_that_sees_no_deletions_is_told_and_the_full_compare_finds_them"]}),
    28: Row(AD, {
        "dir_mapping": ["filters_that_hide_who_leaves_are_refused_with_the_way_out"]},
        {"samba": "a filter is refused when it is saved, before any server is asked"}),
    29: Row(ANY, {
        "dir_conflicts": ["an_address_of_a_local_person_holds_the_newcomer_alone"]}),
    30: Row(ANY, {
        "dir_conflicts": ["an_address_of_a_person_of_scim_holds_the_newcomer"]}),
    31: Row(ANY, {
        "dir_conflicts": ["a_second_directory_takes_nobody_from_the_first"]}),
    32: Row(ANY, {
        "dir_conflicts": ["of_two_with_one_address_the_rule_decides_whatever_their_order",
                          "of_two_who_come_together_the_enabled_one_is_here"]}),
    33: Row(ANY, {
        "dir_conflicts": ["a_leavers_address_is_free_for_a_newcomer"]}),
    34: Row(ANY, {
        "dir_conflicts": ["who_has_no_address_waits_for_one"]}),
    35: Row(ANY, {
        "dir_conflicts": ["two_directories_claim_one_person_and_the_first_link_stays",
                          "a_rule_proposes_and_nobody_is_linked_by_it"]}),
    36: Row(ANY, {
        "dir_conflicts": ["a_rule_proposes_and_nobody_is_linked_by_it"]}),
    37: Row(ANY, {
        "dir_conflicts": ["who_is_linked_keeps_the_id_and_the_password_if_it_is_not_ended"]}),
    38: Row(ANY, {
        "dir_conflicts": ["an_answer_stands_until_the_source_says_something_else"]}),
    39: Row(ANY, {
        "dir_conflicts": ["a_conflict_closes_when_its_cause_goes_upstream"]}),
    40: Row(ANY, {
        "sync_life": ["the_last_admin_stays_until_there_is_another"]}),
    41: Row(ANY, {
        "dir_groups": ["the_last_admin_stays_when_the_group_of_admins_becomes_empty"]}),
    42: Row(ANY, {
        "dir_mapping": ["a_field_that_the_directory_gives_is_not_edited_here",
                        "what_is_ours_by_rule_is_edited_here_and_stays"]}),
    43: Row(ANY, {
        "dir_groups": ["a_renamed_group_keeps_what_it_gives_and_its_old_name_gives_nothing",
                       "a_new_group_of_a_deleted_ones_name_gets_nothing_and_somebody_is_told"]}),
    44: Row(ANY, {
        "sync_limits": ["a_mapped_group_that_empties_keeps_its_people_until_approved"],
        "dir_groups": ["what_a_deleted_group_gave_is_kept_until_it_is_confirmed",
                       "a_new_group_of_a_deleted_ones_name_gets_nothing_and_somebody_is_told"]}),
    45: Row(ANY, {
        "dir_groups": ["a_missing_role_is_given_as_soon_as_it_is_there"],
        "dir_conflicts": ["a_role_that_is_not_there_is_one_conflict_and_the_others_are_given"]}),
    46: Row(ALL, {
        "dir_life": ["everybody_and_every_nested_membership_is_there_after_the_first_run"],
        "dir_groups": ["groups_in_groups_count_as_deep_as_is_said_and_circles_end"]}),
    47: Row(AD, {
        "dir_groups": ["groups_in_groups_count_as_deep_as_is_said_and_circles_end"],
        "dir_ad": ["groups_that_hold_each_other_have_all_their_people"]}),
    48: Row(AD, {
        "dir_windows": ["a_big_group_that_comes_in_pieces_is_whole",
                        "a_piece_that_is_missing_fails_the_read_and_changes_no_group"],
        "dir_servers": ["a_group_of_thousands_is_whole_and_two_changes_of_it_are_two"]}),
    49: Row(AD, {
        "dir_ad": ["a_primary_group_holds_those_whom_it_does_not_list"]}),
    50: Row(AD, {
        "dir_ad": ["members_that_come_and_go_are_two_changes"],
        "dir_servers": ["a_group_of_thousands_is_whole_and_two_changes_of_it_are_two"]}),
    51: Row(AD, {
        "dir_ad": ["members_that_are_nobody_are_counted_and_passed_over"],
        "dir_groups": ["members_that_are_nobody_here_are_counted_and_come_later"]}),
    52: Row(ANY, {
        "dir_changes": ["who_is_a_member_before_he_comes_is_one_when_he_comes"],
        "dir_groups": ["members_that_are_nobody_here_are_counted_and_come_later"]}),
    53: Row(ANY, {
        "dir_limits": ["a_mapped_group_cut_to_one_waits",
                       "small_groups_in_a_mapped_one_that_all_lose_most_wait",
                       "a_mapped_group_that_lets_its_groups_go_waits"]}),
    54: Row(OL, {
        "dir_mapping": ["rows_that_cannot_be_are_refused_with_their_place"],
        "sync_life": ["a_group_change_gives_and_takes_the_role"]}),
    55: Row(ANY, {
        "sync_limits": ["thirty_per_cent_deleted_at_once_wait_and_approval_applies_exactly_them",
                        "an_approval_does_not_cover_what_came_later"]}),
    56: Row(ANY, {
        "sync_limits": ["an_empty_answer_deactivates_nobody"]}),
    57: Row(ANY, {
        "dir_limits": ["three_of_eight_are_too_many_for_a_small_company"]}),
    58: Row(ANY, {
        "sync_limits": ["deletions_that_come_one_by_one_wait_past_the_limit"]}),
    59: Row(ANY, {
        "dir_limits": ["addresses_of_most_people_that_change_at_once_wait"],
        "dir_plans": ["other_settings_that_change_everybody_wait_and_are_applied_as_they_were_"
                      "shown"]}),
    60: Row(ANY, {
        "dir_mapping": ["a_preview_shows_for_a_person_what_changed_rows_would_give_and_saves_"
                        "nothing"],
        "dir_plans": ["a_preview_is_applied_by_nobody_but_its_approval",
                      "other_settings_that_change_everybody_wait_and_are_applied_as_they_were_"
                      "shown"]}),
    61: Row(ANY, {
        "sync_faults": ["a_refresh_that_breaks_in_the_middle_applies_nothing"],
        "dir_changes": ["a_refresh_that_breaks_changes_nothing"]}),
    62: Row(ANY, {
        "sync_faults": ["a_server_that_hangs_while_followed_is_told_from_a_quiet_one"],
        "dir_changes": ["a_refresh_that_breaks_changes_nothing"]}),
    63: Row(ANY, {
        "sync_hostile": ["a_broken_answer_applies_nothing"],
        "dir_changes": ["a_refresh_that_breaks_changes_nothing"]}),
    64: Row(ANY, {
        "sync_faults": ["a_silent_server_is_given_up"]}),
    65: Row(ANY, {
        "dir_openldap": ["half_a_hello_and_then_silence_is_given_up"]}),
    66: Row(ANY, {
        "dir_paged": ["the_third_page_that_fails_changes_nothing"],
        "dir_windows": ["a_page_that_fails_changes_nothing"]}),
    67: Row(AD, {
        "dir_paged": ["a_place_that_the_server_forgot_is_read_from_the_first_page_on"]}),
    68: Row(OL, {
        "dir_openldap": ["a_search_that_the_server_limits_changes_nothing"],
        "dir_windows": ["a_page_that_is_too_large_is_halved"]}),
    69: Row(ANY, {
        "dir_paged": ["the_third_page_that_fails_changes_nothing"],
        "dir_changes": ["a_refresh_that_breaks_changes_nothing"]}),
    70: Row(OL | DS, {
        "dir_changes": ["no_search_has_both_the_control_of_sync_and_that_of_pages"]}),
    71: Row(ANY, {
        "sync_faults": ["a_wrong_authority_is_refused_before_the_password_is_sent"],
        "dir_changes": ["a_certificate_that_is_not_accepted_is_told_with_its_facts",
                        "a_certificate_that_ends_soon_is_warned_of"],
        "dir_preflight": ["a_certificate_of_others_is_explained",
                          "a_certificate_that_ends_soon_is_a_warning"]}),
    72: Row(AD, {
        "dir_changes": ["start_tls_that_is_refused_ends_before_any_password"],
        "dir_pass": ["where_starttls_is_taken_away_no_password_is_sent"],
        "dir_ad": ["without_tls_no_password_is_accepted_and_that_is_said"]}),
    73: Row(AD, {
        "sync_faults": ["a_wrong_password_pauses_before_the_account_is_locked"],
        "dir_quarantine": ["a_wrong_password_pauses_after_three_tries_and_is_told"],
        "dir_ad": ["an_account_that_may_not_bind_pauses_with_the_words_for_its_sub_code"]}),
    74: Row(AD, {
        "dir_ad": ["references_to_other_servers_are_counted_and_not_followed"]}),
    75: Row(AD, {
        "dir_windows": ["a_refusal_by_a_response_of_another_kind_ends_the_read"]}),
    76: Row(ANY, {
        "sync_hostile": ["one_bad_entry_stops_none_of_the_others"]}),
    77: Row(ANY, {
        "sync_hostile": ["the_same_anchor_twice_is_one_person_as_said_last"],
        "dir_changes": ["a_message_that_comes_twice_is_one_change"]}),
    78: Row(ANY, {
        "sync_hostile": ["one_bad_entry_stops_none_of_the_others"]}),
    79: Row(ANY, {
        "sync_faults": ["a_kill_during_the_first_sync_converges"],
        "dir_kill": ["a_kill_leaves_the_state_before_a_run_or_after_it",
                     "a_run_of_many_transactions_that_was_killed_is_finished_first"]}),
    80: Row(ANY, {
        "webhook": ["a_receiver_that_fails_is_asked_again_with_the_same_message",
                    "whom_a_receiver_refuses_is_listed_until_the_message_is_taken",
                    "a_refusal_closes_when_the_receiver_takes_the_message"]}),
    81: Row(OL | DS, {
        "dir_openldap": ["a_stale_cookie_with_a_reload_hint_calls_for_a_full_compare"],
        "dir_changes": ["a_server_that_wants_a_refresh_gets_a_full_compare"]}),
    82: Row(OL, {
        "dir_openldap": ["what_the_session_log_forgot_is_found_by_the_present_phase"]}),
    83: Row(OL | AD, {
        "dir_windows": ["a_garbled_cookie_leads_to_a_full_compare"],
        "dir_servers": ["half_a_cookie_is_none_and_the_deletions_are_found"]}),
    84: Row(DS, {
        "dir_389": ["a_changelog_that_was_trimmed_past_our_cookie_calls_for_a_full_compare",
                    "what_changed_while_nobody_followed_comes_whole"]}),
    85: Row(OL, {
        "dir_openldap": ["a_restored_backup_stops_the_source_even_after_new_writes"],
        "dir_389": ["a_restored_backup_stops_the_source"]}),
    86: Row(OL, {
        "dir_openldap": ["a_restored_backup_stops_the_source_even_after_new_writes"]}),
    87: Row(AD, {
        "dir_ad": ["a_restored_snapshot_stops_the_source"]}),
    88: Row(AD, {
        "dir_windows": ["another_controller_that_heard_of_the_first_is_compared_with"]}),
    89: Row(AD, {
        "dir_windows": ["another_controller_that_heard_of_the_first_is_compared_with",
                        "a_controller_that_lags_behind_takes_nobody_away"],
        "dir_changes": ["the_next_server_is_taken_when_one_does_not_answer"]}),
    90: Row(OL, {
        "dir_openldap": ["deletions_that_nobody_reports_are_found_by_a_full_compare"]}),
    91: Row(ANY, {
        "dir_paged": ["two_changes_of_a_second_both_arrive_and_each_once"],
        "dir_servers": ["a_server_whose_clock_is_wrong_is_followed_and_that_is_told"]}),
    92: Row(ANY, {
        "dir_clock": ["a_clock_that_is_set_back_stops_nothing"],
        "dir_servers": ["a_server_whose_clock_is_wrong_is_followed_and_that_is_told"]}),
    93: Row(ANY, {
        "sync_faults": ["a_restarted_server_is_followed_from_where_it_stood"],
        "dir_changes": ["a_stream_that_is_closed_is_opened_again_without_a_full_compare"]}),
    94: Row(ANY, {
        "dir_together": ["300_changes_while_people_are_looked_up_are_300_changes"],
        "dir_changes": ["300_changes_in_a_row_are_300_changes"]}),
    95: Row(ANY, {
        "dir_together": ["two_tenants_of_one_directory_share_nobody"]}),
    96: Row(ANY, {
        "sync_faults": ["an_upstream_on_this_machine_is_refused_unless_the_operator_allows_it"],
        "dir_openldap": ["a_name_that_leads_to_this_machine_is_refused_when_it_is_used"]}),
    97: Row(ANY, {
        "dir_operations": ["another_place_needs_the_bind_password_anew"]}),
    98: Row(ANY, {
        "dir_mapping": ["names_with_filter_characters_find_nobody"]}),
    99: Row(ALL, {
        "dir_pass": ["an_empty_password_goes_nowhere"]},
        {"ds389": "no server is asked: the test counts none",
         "samba": "no server is asked: the test counts none"}),
    100: Row(DS, {
        "dir_pass": ["who_is_disabled_here_is_refused_before_the_company_is_asked",
                     "who_is_disabled_there_is_refused_here"],
        "dir_pass_servers": ["389_inactivated_there_whatever_the_password"]}),
    101: Row(ANY, {
        "dir_together": ["a_dozen_directories_without_changes_write_nothing"]}),
    102: Row(ANY, {
        "dir_operations": ["who_forgets_a_directory_says_what_becomes_of_how_many"],
        "dir_together": ["of_a_forgotten_directory_everybody_is_kept_as_was_chosen"]}),
}

# Of the catalogue of abuse what a directory can do to us, by its letter and number.
ABUSE = {
    "C17": {"dir_conflicts": ["a_value_that_is_no_text_leaves_the_old_one"],
            "sync_hostile": ["one_bad_entry_stops_none_of_the_others"]},
    "E2": {"dir_groups": ["an_admin_role_waits_until_somebody_approves_it_for_the_group",
                          "only_who_may_give_the_role_approves_it"]},
    "E7": {"dir_conflicts": ["the_last_admin_stays_whatever_the_directory_says"],
           "dir_groups": ["the_last_admin_stays_when_the_group_of_admins_becomes_empty"]},
    "F7": {"dir_pass": ["in_the_hours_of_grace_what_was_right_last_still_opens",
                        "a_new_password_there_counts_here_at_once"]},
    "F9": {"dir_pass": ["an_empty_password_goes_nowhere",
                        "a_directory_that_is_silent_holds_nobody_else_up",
                        "who_is_disabled_there_is_refused_here"],
           "dir_pass_servers": ["389_inactivated_there_whatever_the_password"]},
    "G9": {"scim_authority": ["scim_neither_deletes_nor_overwrites_what_the_directory_says"]},
    "G10": {"dir_conflicts": ["an_address_of_a_person_of_scim_holds_the_newcomer"],
            "scim_authority": ["one_address_of_two_sources_is_never_one_person"]},
    "H1": {"sync_hostile": ["endless_entries_end_at_the_limit"]},
    "H2": {"sync_hostile": ["a_broken_answer_applies_nothing",
                            "one_bad_entry_stops_none_of_the_others"]},
    "H3": {"sync_faults": ["a_silent_server_is_given_up",
                           "a_server_that_hangs_while_followed_is_told_from_a_quiet_one"],
           "dir_openldap": ["half_a_hello_and_then_silence_is_given_up"],
           "dir_changes": ["a_server_that_accepts_and_is_silent_is_given_up"]},
    "H4": {"dir_ad": ["references_to_other_servers_are_counted_and_not_followed"]},
    "H5": {"dir_paged": ["pages_that_come_again_and_again_end_the_run"],
           "sync_evil": ["a_page_that_does_not_say_whether_it_is_the_last_is_not"]},
    "H6": {"sync_hostile": ["one_bad_entry_stops_none_of_the_others"],
           "dir_conflicts": ["a_value_that_is_no_text_leaves_the_old_one"]},
    "H7": {"sync_limits": ["thirty_per_cent_deleted_at_once_wait_and_approval_applies_exactly_them",
                           "an_empty_answer_deactivates_nobody"],
           "dir_ad": ["a_base_that_is_gone_changes_nothing"]},
    "H8": {"dir_changes": ["a_refresh_that_breaks_changes_nothing"],
           "dir_windows": ["a_page_that_fails_changes_nothing"],
           "dir_paged": ["the_third_page_that_fails_changes_nothing"]},
    "H9": {"sync_hostile": ["the_same_anchor_twice_is_one_person_as_said_last",
                            "one_name_for_two_anchors_stays_with_the_first"],
           "dir_conflicts": ["who_is_born_again_gets_nothing_silently"],
           "dir_changes": ["an_anchor_that_the_server_does_not_go_by_is_refused"]},
    "H10": {"dir_conflicts": ["a_name_of_somebody_here_holds_the_newcomer"]},
    "H11": {"sync_life": ["a_name_that_somebody_here_has_is_not_taken_and_the_old_one_stays"]},
    "H12": {"sync_hostile": ["a_broken_answer_applies_nothing",
                             "a_server_that_says_nothing_sound_of_itself_is_not_asked_more"],
            "sync_evil": ["answers_that_nobody_asked_for_change_nothing"],
            "dir_pass": ["an_empty_password_goes_nowhere"]},
    "H13": {"dir_operations": ["another_place_needs_the_bind_password_anew"]},
    "H14": {"sync_faults": ["an_upstream_on_this_machine_is_refused_unless_the_operator_allows_it"],
            "dir_openldap": ["a_name_that_leads_to_this_machine_is_refused_when_it_is_used"]},
    "H15": {"dir_changes": ["a_certificate_that_is_not_accepted_is_told_with_its_facts",
                            "start_tls_that_is_refused_ends_before_any_password"],
            "sync_faults": ["a_wrong_authority_is_refused_before_the_password_is_sent"],
            "dir_pass": ["where_starttls_is_taken_away_no_password_is_sent"]},
    "H16": {"dir_groups": ["an_admin_role_waits_until_somebody_approves_it_for_the_group"],
            "sync_hostile": ["no_attribute_reaches_permissions_or_activity"]},
    "H17": {"dir_servers": ["a_server_whose_clock_is_wrong_is_followed_and_that_is_told",
                            "half_a_cookie_is_none_and_the_deletions_are_found"],
            "sync_evil": ["a_server_that_wants_a_refresh_for_ever_gets_one_an_hour"],
            "dir_windows": ["another_controller_that_heard_of_the_first_is_compared_with"]},
    "H18": {"dir_status": ["while_a_run_is_under_way_no_other_begins_and_its_process_has_"
                           "nothing_of_the_store"],
            "dir_kill": ["a_kill_leaves_the_state_before_a_run_or_after_it"]},
    "K17": {"dir_status": ["while_a_run_is_under_way_no_other_begins_and_its_process_has_"
                           "nothing_of_the_store"]},
}
