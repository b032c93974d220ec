# origintls_benchmark(NAME SOURCES bench_name.c ... [LINK targets...])
#
# One program bench_NAME, run by scripts/bench and never by ctest. It prints one NDJSON line per figure on stdout,
# {"bench","case","value","unit","bound","ok"}, and exits 1 if one is not ok. The target `benchmarks` builds them all.
add_custom_target(benchmarks)

function(origintls_benchmark name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  set(target bench_${name})
  add_executable(${target} ${ARG_SOURCES})
  target_link_libraries(${target} PRIVATE ${ARG_LINK} origintls_flags)
  add_dependencies(benchmarks ${target})
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests/bench)
endfunction()
