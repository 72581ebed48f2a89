# SPDX-License-Identifier: ISC
# ActionMailer sends, with what the exported file of Rails, GitLab, Redmine, Mastodon or
# Discourse says; each is read as that application reads it.
require "json"
require "erb"
require "yaml"
require "ostruct"
require "mail"
require "action_mailer"

# What an exported fragment may call.
class Application
  attr_reader :config
  def initialize; @config = OpenStruct.new(action_mailer: OpenStruct.new); end
  def configure(&block) = instance_eval(&block)
end
module Rails
  class << self; attr_accessor :application; end
end

# config/environments/production.rb, or a part of it.
def rails(path)
  Rails.application = Application.new
  config = Rails.application.config
  Rails.application.instance_eval(File.read(path), path)
  config.action_mailer.smtp_settings
end

# GitLab's smtp_settings.rb is made of these keys by omnibus-gitlab.
def gitlab(path)
  gitlab_rails = {}
  eval(File.read(path), binding, path)
  k = ->(name) { gitlab_rails["smtp_#{name}"] }
  { address: k["address"], port: k["port"], user_name: k["user_name"], password: k["password"],
    domain: k["domain"], authentication: (k["authentication"] || "plain").to_sym,
    enable_starttls_auto: k["enable_starttls_auto"], tls: k["tls"], ssl: k["ssl"] }.compact
end

# lib/redmine/configuration.rb: YAML behind ERB.
def redmine(path)
  conf = YAML.safe_load(ERB.new(File.read(path)).result, permitted_classes: [Symbol])
  conf["default"]["email_delivery"]["smtp_settings"].transform_keys(&:to_sym)
end

# config/environments/production.rb of Mastodon, with the variables of its environment.
def mastodon_settings(env)
  { address: env["SMTP_SERVER"], port: env["SMTP_PORT"].to_i, user_name: env["SMTP_LOGIN"],
    password: env["SMTP_PASSWORD"], authentication: (env["SMTP_AUTH_METHOD"] || "plain").to_sym,
    enable_starttls_auto: env["SMTP_SSL"] != "true" && env["SMTP_TLS"] != "true",
    ssl: env["SMTP_SSL"] == "true" || env["SMTP_TLS"] == "true" || nil }.compact
end

def mastodon(path)
  require "dotenv"
  mastodon_settings(Dotenv::Parser.call(File.read(path), true))
end

# config/application.rb of Discourse, with the variables that its launcher takes from YAML.
def discourse(path)
  env = YAML.safe_load(File.read(path))["env"]
  k = ->(name) { env["DISCOURSE_SMTP_#{name}"] }
  { address: k["ADDRESS"], port: k["PORT"].to_i, user_name: k["USER_NAME"],
    password: k["PASSWORD"], authentication: (k["AUTHENTICATION"] || "plain").to_sym,
    enable_starttls_auto: k["ENABLE_START_TLS"].to_s != "false",
    ssl: k["FORCE_TLS"].to_s == "true" || nil }.compact
end

answers = JSON.parse($stdin.read).map do |c|
  settings = send(ARGV[0], c["path"])
  mail = Mail.new(from: c["from"], to: c["to"], subject: c["subject"], body: "x")
  mail.delivery_method(Mail::SMTP, { open_timeout: 5, read_timeout: 5 }.merge(settings))
  mail.deliver!
  nil
rescue StandardError, SyntaxError => e
  "#{e.class}: #{e.message}"
end
puts JSON.dump(answers)
