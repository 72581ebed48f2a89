// SPDX-License-Identifier: ISC
// JavaMail sends, with the exported application.properties as java.util.Properties reads it
// and as Spring hands it on.
import java.io.FileInputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.mail.Message;
import javax.mail.Session;
import javax.mail.Transport;
import javax.mail.internet.InternetAddress;
import javax.mail.internet.MimeMessage;

public class SpringSend {
    static final String OWN = "spring.mail.properties.";

    static void send(String path, String from, String to, String subject) throws Exception {
        Properties read = new Properties();
        try (FileInputStream in = new FileInputStream(path)) {
            // Spring Boot reads it as ISO 8859-1, as java.util.Properties does of streams.
            read.load(in);
        }
        Properties mail = new Properties();
        for (String key : read.stringPropertyNames()) {
            // Spring replaces ${...} in every value, and fails where it knows no such name.
            if (read.getProperty(key).contains("${")) {
                throw new Exception("a placeholder in " + key);
            }
            if (key.startsWith(OWN)) {
                mail.setProperty(key.substring(OWN.length()), read.getProperty(key));
            }
        }
        Session session = Session.getInstance(mail);
        MimeMessage message = new MimeMessage(session);
        message.setFrom(new InternetAddress(from));
        message.addRecipient(Message.RecipientType.TO, new InternetAddress(to));
        message.setSubject(subject);
        message.setText("x");
        // JavaMailSenderImpl: protocol smtp, unless it is said.
        String protocol = read.getProperty("spring.mail.protocol", "smtp");
        try (Transport transport = session.getTransport(protocol)) {
            transport.connect(read.getProperty("spring.mail.host"),
                Integer.parseInt(read.getProperty("spring.mail.port")),
                read.getProperty("spring.mail.username"), read.getProperty("spring.mail.password"));
            transport.sendMessage(message, message.getAllRecipients());
        }
    }

    static String part(String text, String key) {
        Matcher found = Pattern.compile("\"" + key + "\": \"([^\"]*)\"").matcher(text);
        found.find();
        return found.group(1);
    }

    public static void main(String[] args) throws Exception {
        String asked = new String(System.in.readAllBytes(), StandardCharsets.UTF_8);
        List<String> answers = new ArrayList<>();
        Matcher each = Pattern.compile("\\{[^}]*\\}").matcher(asked);
        while (each.find()) {
            String c = each.group();
            try {
                send(part(c, "path"), part(c, "from"), part(c, "to"), part(c, "subject"));
                answers.add("null");
            } catch (Exception fault) {
                answers.add("\"" + fault.toString().replaceAll("[\\\\\"\\p{Cntrl}]", " ") + "\"");
            }
        }
        System.out.println(answers);
    }
}
