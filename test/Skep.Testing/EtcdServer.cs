using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Skep.Testing;

/// <summary>Where an etcd runs that is not on loopback, and whom it answers.</summary>
/// <param name="Space">Its network namespace.</param>
/// <param name="Host">Its address there.</param>
/// <param name="Certificate">Its certificate.</param>
/// <param name="Key">The key of that.</param>
/// <param name="Authority">The certificate by which those of its clients are signed.</param>
public sealed record EtcdPlace(TestNamespace Space, string Host, string Certificate, string Key, string Authority);

/// <summary>An etcd on ports of loopback, with a directory of its own.</summary>
public sealed class EtcdServer : IDisposable
{
    private readonly Scratch _scratch = new();
    private readonly EtcdPlace? _place;
    private readonly int _port = FreePort(), _peerPort = FreePort();
    private string _data;
    private Process? _process;

    public EtcdServer(EtcdPlace? place = null)
    {
        Requires.Installed("etcd");
        _place = place;
        _data = _scratch.File("data");
        Start();
    }

    /// <summary>Its address.</summary>
    public string Address => _place is null ? $"http://127.0.0.1:{_port}" : $"https://{_place.Host}:{_port}";

    /// <summary>Starts it again, with what it has.</summary>
    public void Start()
    {
        string peer = $"http://127.0.0.1:{_peerPort}";
        string[] words =
        [
            "etcd", "--data-dir", _data, "--listen-client-urls", Address, "--advertise-client-urls", Address, "--listen-peer-urls", peer,
            "--initial-advertise-peer-urls", peer, "--initial-cluster", $"default={peer}", "--log-level", "error",
        ];
        if (_place is not null)
        {
            words =
            [
                .. words, "--cert-file", _place.Certificate, "--key-file", _place.Key, "--client-cert-auth", "--trusted-ca-file",
                _place.Authority,
            ];
        }

        words = Inside(words);
        _process = Tool.Start(words[0], words[1..]);
        _ = _process.StandardOutput.ReadToEndAsync();
        _ = _process.StandardError.ReadToEndAsync();
        Tool.Until(() => _process.HasExited || Control("endpoint", "health").Code == 0, "etcd answers");
        Assert.False(_process.HasExited, "etcd ended");
    }

    /// <summary>Ends it as a crash does.</summary>
    public void Kill()
    {
        if (_process is null) return;
        if (!_process.HasExited) _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        _process = null;
    }

    /// <summary>Stops it without ending it, as a partition does to those that ask it; and lets it go on.</summary>
    public void Pause(bool pauses) => Tool.Run("kill", pauses ? "-STOP" : "-CONT", $"{_process!.Id}");

    /// <summary>Runs etcdctl.</summary>
    public Outcome Control(params string[] arguments)
    {
        string[] words = ["etcdctl", "--endpoints", Address, .. arguments];
        if (_place is not null) words = [.. words, "--cacert", _place.Authority, "--cert", _place.Certificate, "--key", _place.Key];
        words = Inside(words);
        return Tool.Try(words[0], words[1..], ("ETCDCTL_API", "3"));
    }

    /// <summary>Writes a snapshot.</summary>
    public string Save()
    {
        string path = _scratch.File("snapshot");
        File.Delete(path);
        Outcome outcome = Control("snapshot", "save", path);
        Assert.True(outcome.Code == 0, outcome.Error);
        return path;
    }

    /// <summary>Starts it again with what a snapshot has.</summary>
    public void Restore(string snapshot)
    {
        Kill();
        _data = _scratch.File($"restored{Guid.NewGuid():n}");
        Outcome outcome = Tool.Try(
            "etcdctl", ["snapshot", "restore", snapshot, "--data-dir", _data, "--initial-cluster", $"default=http://127.0.0.1:{_peerPort}",
                "--initial-advertise-peer-urls", $"http://127.0.0.1:{_peerPort}"], ("ETCDCTL_API", "3"));
        Assert.True(outcome.Code == 0, outcome.Error);
        Start();
    }

    public void Dispose()
    {
        Kill();
        _scratch.Dispose();
    }

    private string[] Inside(string[] words) => _place is null ? words : _place.Space.Inside(words);

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
