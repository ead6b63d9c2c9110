#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| ref_tests::hostile::envelope(bytes));
