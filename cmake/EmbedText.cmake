# origintls_embed_text(OUTPUT SYMBOL files...)
#
# Writes a C source that defines `const char SYMBOL[]`: the text of the files, one behind the other. Backslashes and
# quotes are escaped; a change of a file runs the configuration again.
function(origintls_embed_text output symbol)
  set(body "")
  foreach(file IN LISTS ARGN)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
    file(READ ${file} text)
    string(REPLACE "\\" "\\\\" text "${text}")
    string(REPLACE "\"" "\\\"" text "${text}")
    string(REPLACE "\n" "\\n\"\n    \"" text "${text}")
    string(APPEND body "    \"${text}\"\n")
  endforeach()
  file(CONFIGURE OUTPUT ${output} CONTENT "extern const char ${symbol}[];\nconst char ${symbol}[] =\n${body};\n" @ONLY)
endfunction()
