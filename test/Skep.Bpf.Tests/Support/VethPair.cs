using Skep.Linux.Network;

namespace Skep.Bpf.Tests;

/// <summary>A network namespace with a veth pair, as the library sees it; removed when disposed.</summary>
internal sealed class VethPair : IDisposable
{
    private readonly TestNetwork _network = new();

    internal VethPair() => Namespace = NetworkNamespace.Open(_network.Name);

    internal NetworkNamespace Namespace { get; }

    /// <summary>The index of <c>v0</c>.</summary>
    internal uint Index => (uint)_network.IfIndex;

    /// <summary>Runs ip(8) in it; the words are separated by spaces.</summary>
    internal string Ip(string words) => _network.Ip(words);

    public void Dispose()
    {
        Namespace.Dispose();
        _network.Dispose();
    }
}
