# origintls_fuzz_target(NAME SOURCES fuzz_name.c ... [LINK targets...])
#
# One program fuzz_NAME around LLVMFuzzerTestOneInput, with its seeds in tests/fuzz/corpus/NAME/. In the fuzz preset it is a
# libFuzzer; in every other it is linked with replay_main.c. Either way ctest runs each seed once, as `fuzz.NAME`: what a
# fuzzer once found stays found. The target `fuzz_targets` builds them all.
add_custom_target(fuzz_targets)

function(origintls_fuzz_target name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  set(target fuzz_${name})
  set(corpus ${PROJECT_SOURCE_DIR}/tests/fuzz/corpus/${name})
  if(NOT IS_DIRECTORY ${corpus})
    message(FATAL_ERROR "${target} has no seeds: ${corpus} is not there")
  endif()

  add_executable(${target} ${ARG_SOURCES})
  target_link_libraries(${target} PRIVATE ${ARG_LINK} origintls_flags)
  add_dependencies(fuzz_targets ${target})
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests/fuzz)
  if(ORIGINTLS_FUZZ)
    target_link_options(${target} PRIVATE -fsanitize=fuzzer)
    add_test(NAME fuzz.${name} COMMAND ${target} -runs=0 ${corpus} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  else()
    target_sources(${target} PRIVATE ${PROJECT_SOURCE_DIR}/tests/fuzz/replay_main.c)
    add_test(NAME fuzz.${name} COMMAND ${target} ${corpus} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  endif()
  set_tests_properties(fuzz.${name} PROPERTIES TIMEOUT 120 LABELS fuzz)
endfunction()
