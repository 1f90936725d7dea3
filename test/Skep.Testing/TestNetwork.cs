namespace Skep.Testing;

/// <summary>A network namespace with a veth pair, <c>v0</c> and <c>v1</c>; removed when disposed.</summary>
public sealed class TestNetwork : IDisposable
{
    private readonly TestNamespace _space = new();

    public TestNetwork()
    {
        _space.Ip("link add v0 type veth peer name v1");
        Inode = _space.Inode;
        IfIndex = _space.IndexOf("v0");
    }

    public string Name => _space.Name;

    /// <summary>The namespace's number, as <c>ls -l /proc/PID/ns/net</c> shows it.</summary>
    public long Inode { get; }

    /// <summary>The index of <c>v0</c>.</summary>
    public long IfIndex { get; }

    /// <summary>Runs ip(8) in it; the words are separated by spaces.</summary>
    public string Ip(string words) => _space.Ip(words);

    /// <summary>The words that run a command in it, in the same mount namespace.</summary>
    public string[] Inside(params string[] command) => _space.Inside(command);

    public void Dispose() => _space.Dispose();
}
