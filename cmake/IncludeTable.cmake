# Who may include whom. Run as a script: cmake -DSOURCE_DIR=... -P cmake/IncludeTable.cmake
#
# Each folder may include itself, base/, and what stands behind its name. A name with a dot is one header alone.
# "types" of recommend/ are the headers that only define values.
cmake_minimum_required(VERSION 3.25)
set(types recommend/mode.h recommend/codes.h recommend/record.h recommend/inventory.h
  recommend/policy.h recommend/ramp.h recommend/observation.h recommend/sequential_test.h recommend/rules.h recommend/sentence.h
  recommend/rollout.h)

set(allowed_base "")
set(allowed_crawler "")
set(allowed_compare "")
set(allowed_recommend "")
set(allowed_db ${types})
set(allowed_reports ${types})
set(allowed_scan crawler compare recommend db)
set(allowed_cli crawler compare recommend db reports scan tests/lab)

# Each library lives in one or two files; the pattern is what an #include of it looks like.
set(libraries curl libxml openssl pcre2 sqlite3 ares idn2 libpsl jansson ini xxhash zlib)
set(home_curl "crawler/fetch[a-z_]*\\.c|crawler/url\\.c")
set(home_libxml "crawler/html_links\\.c")
set(home_openssl "crawler/certificate[a-z_0-9]*\\.[ch]|crawler/trust[a-z_]*\\.c|crawler/handshake[a-z_]*\\.c|crawler/fetch_tls[a-z_]*\\.c|base/digest\\.c")
set(home_pcre2 "[a-z]+/pattern\\.c")
set(home_sqlite3 "db/[a-z_]+\\.[ch]")
set(home_ares "crawler/resolve[a-z_]*\\.c")
set(home_idn2 "crawler/url\\.c|crawler/hostname\\.c")
set(home_libpsl "crawler/hostname\\.c")
set(home_jansson "[a-z]+/json_reader\\.c")
set(home_ini "cli/config\\.c")
set(home_zlib "crawler/gunzip\\.c")
set(home_xxhash "base/hash\\.[ch]")

set(faults "")
foreach(folder IN ITEMS base crawler compare recommend db reports scan cli)
  file(GLOB files RELATIVE ${SOURCE_DIR} ${SOURCE_DIR}/${folder}/*.c ${SOURCE_DIR}/${folder}/*.h)
  foreach(file IN LISTS files)
    file(STRINGS ${SOURCE_DIR}/${file} includes REGEX "^[ \t]*#[ \t]*include")
    foreach(line IN LISTS includes)
      if(line MATCHES "\"([^\"]+)\"")
        set(target ${CMAKE_MATCH_1})
        string(REGEX REPLACE "/[^/]*$" "" target_folder ${target})
        if(NOT target_folder STREQUAL folder AND NOT target_folder STREQUAL "base"
           AND NOT target IN_LIST allowed_${folder} AND NOT target_folder IN_LIST allowed_${folder})
          list(APPEND faults "${file} includes ${target}, which ${folder}/ may not know")
        endif()
      elseif(line MATCHES "<([a-z_0-9]+)[/.]")
        set(library ${CMAKE_MATCH_1})
        if(library IN_LIST libraries AND NOT file MATCHES "^(${home_${library}})$")
          list(APPEND faults "${file} includes <${library}>, which lives in ${home_${library}} alone")
        endif()
      endif()
    endforeach()
  endforeach()
endforeach()

if(faults)
  list(JOIN faults "\n  " text)
  message(FATAL_ERROR "The include table is broken:\n  ${text}")
endif()
message(STATUS "The include table holds.")
