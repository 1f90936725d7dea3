using System.Globalization;

namespace Skep.Testing;

/// <summary>How many times longer than elsewhere tests may wait: <c>SKEP_SLOWNESS</c>, which emulated machines set.</summary>
internal static class Slowness
{
    public static int Factor { get; } =
        int.TryParse(Environment.GetEnvironmentVariable("SKEP_SLOWNESS"), CultureInfo.InvariantCulture, out int factor) ? factor : 1;
}
