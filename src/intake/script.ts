/**
 * The script that a page loads. It sends uncaught errors and unhandled rejections to the address
 * that it came from, at most ten per page. It reads the error and the page's address without query
 * and fragment, and sets no cookie.
 */
export const REPORT_SCRIPT =
  '(function(d,n){if(!d)return;function r(e,m,f){if(n++>9)return;try{e=e||{};' +
  'navigator.sendBeacon(d.src,JSON.stringify({name:(""+(e.name||"Error")).slice(0,99),' +
  'message:(""+(e.message||m||e)).slice(0,999),stack:(""+(e.stack||f||"")).slice(0,3999),' +
  'url:location.href.split(/[?#]/)[0].slice(0,999)}))}catch(_){}}' +
  'addEventListener("error",function(e){e.message&&' +
  'r(e.error,e.message,e.message+"\\n    at "+e.filename+":"+e.lineno+":"+e.colno)});' +
  'addEventListener("unhandledrejection",function(e){r(e.reason)})})(document.currentScript,0)'
