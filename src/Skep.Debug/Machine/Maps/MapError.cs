namespace Skep.Debug.Machine.Maps;

/// <summary>Error numbers that calls return, negative.</summary>
internal static class MapError
{
    public const long NotFound = -2;

    public const long TooBig = -7;

    public const long Again = -11;

    public const long OutOfMemory = -12;

    public const long Denied = -13;

    public const long Fault = -14;

    public const long Busy = -16;

    public const long Exists = -17;

    public const long Invalid = -22;

    public const long NoSpace = -28;

    public const long Deadlock = -35;

    public const long Range = -34;

    public const long NotSupported = -95;

    /// <summary><c>ENOTSUPP</c>, which user space does not know.</summary>
    public const long NotImplemented = -524;
}
