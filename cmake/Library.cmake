# origintls_library(NAME SOURCES a.c ... HEADERS a.h ... [LINK targets...])
#
# One static library for one folder, its sources and headers listed by name. Every header is also compiled alone, so that
# a header that leans on what its includer happened to include breaks the build.
function(origintls_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;HEADERS;LINK" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC origintls_flags PRIVATE ${ARG_LINK})

  file(RELATIVE_PATH folder ${PROJECT_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR})
  set(stubs "")
  foreach(header IN LISTS ARG_HEADERS)
    string(MAKE_C_IDENTIFIER "${name}_${header}" id)
    set(stub ${CMAKE_CURRENT_BINARY_DIR}/header_alone/${id}.c)
    file(CONFIGURE OUTPUT ${stub} CONTENT "#include \"${folder}/${header}\"\nextern int ${id}_alone;\n" @ONLY)
    list(APPEND stubs ${stub})
  endforeach()
  add_library(${name}_headers_alone OBJECT ${stubs})
  target_link_libraries(${name}_headers_alone PRIVATE origintls_flags ${ARG_LINK})
endfunction()

# origintls_unit_test(NAME SOURCES test_a.c ... [LINK targets...])
#
# A cmocka program and its ctest entry. It runs from the source folder of the tests, so that data is found by
# relative path: tests/data/..., tests/golden/...
function(origintls_unit_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_LINK} origintls_flags PkgConfig::CMOCKA)
  add_test(NAME unit.${name} COMMAND ${name} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(unit.${name} PROPERTIES TIMEOUT 120 LABELS unit)
endfunction()
