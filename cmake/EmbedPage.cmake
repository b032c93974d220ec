# origintls_embed_page(OUTPUT STYLE SCRIPT BODY)
#
# Writes a C source with the parts of the HTML report: `html_head` (up to and with the style), `html_body`, `html_script`.
# The policy in the head names style and script by their hashes, so that a browser runs these and nothing else.
# A change of a file runs the configuration again.

# SHA-256 of a text in base64, as a Content-Security-Policy wants it.
function(origintls_policy_hash text result)
  set(alphabet "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
  string(SHA256 hex "${text}")
  string(APPEND hex "00")
  set(encoded "")
  # Three hexadecimal digits are two characters of base64.
  foreach(at RANGE 0 63 3)
    string(SUBSTRING ${hex} ${at} 3 digits)
    math(EXPR high "0x${digits} >> 6")
    math(EXPR low "0x${digits} & 63")
    string(SUBSTRING ${alphabet} ${high} 1 first)
    string(SUBSTRING ${alphabet} ${low} 1 second)
    string(APPEND encoded ${first}${second})
  endforeach()
  string(SUBSTRING ${encoded} 0 43 encoded)
  set(${result} "sha256-${encoded}=" PARENT_SCOPE)
endfunction()

function(origintls_c_literal text result)
  string(REPLACE "\\" "\\\\" text "${text}")
  string(REPLACE "\"" "\\\"" text "${text}")
  string(REPLACE "\n" "\\n\"\n    \"" text "${text}")
  set(${result} "    \"${text}\"" PARENT_SCOPE)
endfunction()

function(origintls_embed_page output style_file script_file body_file)
  foreach(part IN ITEMS style script body)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${${part}_file})
    file(READ ${${part}_file} ${part})
  endforeach()
  origintls_policy_hash("${style}" style_hash)
  origintls_policy_hash("${script}" script_hash)
  string(CONCAT head
    "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src '${style_hash}'; "
    "script-src '${script_hash}'; base-uri 'none'; form-action 'none'\">\n"
    "<meta name=\"referrer\" content=\"no-referrer\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<title>origintls report</title>\n<style>${style}</style>\n</head>\n<body>\n")
  set(source "#include \"reports/html_page.h\"\n")
  foreach(part IN ITEMS head body script)
    origintls_c_literal("${${part}}" literal)
    string(APPEND source "\nconst char html_${part}[] =\n${literal};\n")
  endforeach()
  file(CONFIGURE OUTPUT ${output} CONTENT "${source}" @ONLY)
endfunction()
