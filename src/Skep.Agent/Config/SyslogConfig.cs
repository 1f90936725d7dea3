using System.Globalization;

namespace Skep.Agent.Config;

/// <summary>Where events go by syslog, or to the journal: <c>[export.syslog]</c>.</summary>
public sealed record SyslogConfig
{
    /// <summary>The names of facilities, by their number (RFC 5424, 6.2.1).</summary>
    public static IReadOnlyList<string> Facilities { get; } =
    [
        "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp", "ntp", "audit", "alert",
        "clock", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7",
    ];

    /// <summary>The receiver; null for none.</summary>
    public SyslogEndpoint? Endpoint { get; init; }

    /// <summary>The number of the facility.</summary>
    public int Facility { get; init; } = 3;

    /// <summary>Certificates that the receiver's is checked with, in the place of those that the system trusts; null for these.</summary>
    public string? Issuers { get; init; }

    /// <summary>How many bytes wait on disk at most.</summary>
    public long SpoolBytes { get; init; } = 64 << 20;
}

/// <summary>A receiver of syslog.</summary>
/// <param name="Kind">How it is reached.</param>
/// <param name="Name">The path of its socket, or its host.</param>
/// <param name="Port">Its port.</param>
public sealed record SyslogEndpoint(SyslogKind Kind, string Name, int Port)
{
    private const int PortOfSyslog = 514, PortOfTls = 6514;
    private const string JournalSocket = "/run/systemd/journal/socket";

    /// <summary>Reads one: <c>journald</c>, <c>/dev/log</c>, <c>udp://HOST[:PORT]</c>, <c>tcp://...</c>, <c>tls://...</c>.</summary>
    /// <returns>Null when it is none.</returns>
    public static SyslogEndpoint? TryParse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text == "journald") return new(SyslogKind.Journal, JournalSocket, 0);
        if (text.StartsWith("journald:/", StringComparison.Ordinal)) return new(SyslogKind.Journal, text["journald:".Length..], 0);
        // sun_path of struct sockaddr_un.
        if (text.StartsWith('/')) return text.Length is > 1 and < 108 ? new(SyslogKind.Unix, text, 0) : null;
        int end = text.IndexOf("://", StringComparison.Ordinal);
        SyslogKind? kind = end < 0 ? null : text[..end] switch
        {
            "udp" => SyslogKind.Udp,
            "tcp" => SyslogKind.Tcp,
            "tls" => SyslogKind.Tls,
            _ => null,
        };
        if (kind is not { } known) return null;
        string rest = text[(end + 3)..];
        int colon = rest.LastIndexOf(':');
        bool hasPort = colon >= 0 && !rest.EndsWith(']');
        string host = (hasPort ? rest[..colon] : rest).Trim('[', ']');
        int port = known == SyslogKind.Tls ? PortOfTls : PortOfSyslog;
        bool isNumber = !hasPort || int.TryParse(rest[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out port);
        if (!isNumber || port is 0 or > 65535) return null;
        return Uri.CheckHostName(host) == UriHostNameType.Unknown ? null : new(known, host, port);
    }
}

/// <summary>How a receiver of syslog is reached.</summary>
public enum SyslogKind
{
    /// <summary>A socket for datagrams of this machine.</summary>
    Unix,

    /// <summary>The socket of the journal, in its own format.</summary>
    Journal,

    /// <summary>RFC 5426.</summary>
    Udp,

    /// <summary>RFC 6587, with octet counting.</summary>
    Tcp,

    /// <summary>RFC 5425.</summary>
    Tls,
}
