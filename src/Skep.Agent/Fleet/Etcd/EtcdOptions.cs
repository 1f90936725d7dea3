using Skep.Agent.Config;
using Skep.Linux.Files;

namespace Skep.Agent.Fleet.Etcd;

/// <summary>How etcd is reached.</summary>
/// <param name="Endpoints">Its addresses, which are tried in turn.</param>
public sealed record EtcdOptions(IReadOnlyList<Uri> Endpoints)
{
    private const int MostFileBytes = 1 << 20;

    /// <summary>The user; null for none.</summary>
    public string? User { get; init; }

    /// <summary>The user's password.</summary>
    public string? Password { get; init; }

    /// <summary>The certificates that those of etcd are signed by, in PEM; null for those that the system trusts.</summary>
    public string? Authorities { get; init; }

    /// <summary>The client's certificate in PEM; null for none.</summary>
    public string? Certificate { get; init; }

    /// <summary>Its key in PEM.</summary>
    public string? Key { get; init; }

    /// <summary>Reads the files that a configuration names.</summary>
    /// <exception cref="IOException">One cannot be read.</exception>
    /// <exception cref="InvalidDataException">Others may have written one, or may read the password or the key.</exception>
    public static EtcdOptions Of(FleetConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return new(config.Endpoints)
        {
            User = config.User,
            Password = Read(config.PasswordFile, isSecret: true)?.TrimEnd('\n', '\r'),
            Authorities = Read(config.Authorities, isSecret: false),
            Certificate = Read(config.ClientCertificate, isSecret: false),
            Key = Read(config.ClientKey, isSecret: true),
        };
    }

    private static string? Read(string? path, bool isSecret)
    {
        if (path is null) return null;
        byte[]? bytes = isSecret ? PrivateFile.ReadSecret(path, MostFileBytes) : PrivateFile.Read(path, MostFileBytes);
        return System.Text.Encoding.UTF8.GetString(bytes ?? throw new IOException($"reading {path}: there is no such file"));
    }
}
