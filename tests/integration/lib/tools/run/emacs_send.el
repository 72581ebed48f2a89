;; SPDX-License-Identifier: ISC
;; Reads a list of (AUTHINFO USER PORT STREAM SUBJECT) and sends one message each, with
;; smtpmail. What goes wrong is printed as "SUBJECT: REASON".
(require 'smtpmail)
(require 'auth-source)
(setq smtpmail-smtp-server "localhost" network-security-level 'low
      user-mail-address "x@example.test" smtpmail-debug-info nil)
(let ((to (car command-line-args-left)))
  (setq command-line-args-left nil)
  (dolist (login (read (read-from-minibuffer "")))
    (pcase-let ((`(,file ,user ,port ,stream ,subject) login))
      (setq auth-sources (list file) smtpmail-smtp-user user smtpmail-smtp-service port
            smtpmail-stream-type stream user-mail-address user)
      (auth-source-forget-all-cached)
      (condition-case fault
          (with-temp-buffer
            (insert (format "From: %s\nTo: %s\nSubject: %s\n%s\nx\n" user to subject
                            mail-header-separator))
            (let ((send-mail-function 'smtpmail-send-it))
              (smtpmail-send-it)))
        (error (princ (format "%s: %S\n" subject fault)))))))
