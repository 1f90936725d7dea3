using System.Reflection;

namespace Skep.Linux.Files;

/// <summary>BPF objects compiled from bpf/, which an assembly embeds.</summary>
public static class EmbeddedObject
{
    /// <summary>Reads an embedded object.</summary>
    /// <param name="assembly">The assembly that embeds it.</param>
    /// <param name="name">The name of its resource: <c>watch.bpf.o</c>.</param>
    public static byte[] Read(Assembly assembly, string name)
    {
        ArgumentNullException.ThrowIfNull(assembly);
        using Stream stream = assembly.GetManifestResourceStream(name)
            ?? throw new ArgumentException($"{assembly.GetName().Name} embeds no {name}", nameof(name));
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
