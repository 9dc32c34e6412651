// What is being worked on near by: asks the phone where it is, and opens the list for that place.

const button = document.getElementById("locate"), trouble = document.getElementById("trouble");

button.addEventListener("click", () => {
  const none = () => { trouble.textContent = button.dataset.none; };
  if (!navigator.geolocation || !isSecureContext) return none();
  trouble.textContent = button.dataset.looking;
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => location.assign(`?lon=${coords.longitude.toFixed(5)}&lat=${coords.latitude.toFixed(5)}`),
    none, { enableHighAccuracy: true, timeout: 15000 },
  );
});
