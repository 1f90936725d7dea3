namespace Skep.Linux.Errors;

// What the bodies of Errors/ name. A reference assembly has no bodies.
internal readonly record struct ProcessCapabilities(bool CanUseBpf)
{
    internal static ProcessCapabilities Read() => default;
}
