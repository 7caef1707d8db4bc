"""The channels: one small file each, and the list of them."""

from spark_monitor.notify.channels import apprise, email, log, slack, webhook

# Each: send(channel, message, wire); returns where the receiver has accepted the message, raises where it has not.
CHANNELS = {"log": log.send, "webhook": webhook.send, "slack": slack.send, "email": email.send, "apprise": apprise.send}
# Those whose receivers keep the state of each alert are sent a message for each.
SPLIT = {"apprise": apprise.split}
