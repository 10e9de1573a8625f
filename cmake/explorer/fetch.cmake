# cmake -DNPM= -DSOURCE= -DWORK= -DTARGET= -DSTAMP= -P fetch.cmake
# Installs the locked Swagger UI into WORK, and what the gateway serves of it into TARGET. A machine without a network
# still gets a build: the failure is shown, no stamp is written, and the next build tries again.
file(MAKE_DIRECTORY ${WORK})
file(COPY ${SOURCE}/package.json ${SOURCE}/package-lock.json DESTINATION ${WORK})
execute_process(COMMAND ${NPM} ci --ignore-scripts --no-audit --no-fund --loglevel=error
  WORKING_DIRECTORY ${WORK} RESULT_VARIABLE failed OUTPUT_QUIET ERROR_VARIABLE why)
if(failed)
  message(NOTICE "Swagger UI could not be taken from npm: building without it; /explorer will say what is missing.\n${why}")
  return()
endif()

# Into a folder beside, then renamed: an interrupted build never leaves half an explorer.
set(fresh ${TARGET}.new)
file(REMOVE_RECURSE ${fresh})
set(dist ${WORK}/node_modules/swagger-ui-dist)
file(COPY ${dist}/swagger-ui-bundle.js ${dist}/swagger-ui.css ${dist}/LICENSE DESTINATION ${fresh})
foreach(asset swagger-ui-bundle.js swagger-ui.css)
  # -n leaves name and time out: the same input gives the same bytes.
  execute_process(COMMAND gzip -9 -n -k ${fresh}/${asset} COMMAND_ERROR_IS_FATAL ANY)
endforeach()
file(REMOVE_RECURSE ${TARGET})
file(RENAME ${fresh} ${TARGET})
file(TOUCH ${STAMP})
