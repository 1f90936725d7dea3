using Skep.Agent.Web;

namespace Skep.Agent.Tests.Web;

public sealed class AccessTokenTests
{
    [Fact]
    public void Only_the_token_is_the_token()
    {
        using var scratch = new Scratch();
        AccessToken token = AccessToken.Create(scratch.File("token")), other = AccessToken.Create(scratch.File("other"));
        Assert.Equal(token.Text + "\n", File.ReadAllText(scratch.File("token")));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(scratch.File("token")));
        Assert.True(token.Is(token.Text));
        Assert.All([null, "", token.Text[1..], token.Text + "0", other.Text, token.Text.ToUpperInvariant() + " "], text
            => Assert.False(token.Is(text)));
    }
}
