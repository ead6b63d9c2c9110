//! Nothing is left of many objects that were put and dropped.

#[test]
fn bytes_files_descriptors_and_mappings_come_back_to_what_they_were() {
    let [before, after] = ref_tests::cycles::balances(3_000).unwrap();
    assert_eq!(before, after);
    assert_eq!((after.objects, after.mappings), (0, 2), "nothing but the ledger of two sessions");
}
